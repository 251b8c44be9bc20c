"""The names of everything that an environment consists of. Pure.

Each name follows from the object's name alone, and no two environments share one. The object's name is a DNS label of
at most 40 characters (the CRD enforces it). It has no `_`, so that replacing `-` by `_` can be undone. The longest name
stays below 63 characters, including what other programs put before or after it.
"""

import re
from dataclasses import dataclass

from environments.exceptions import SpecError

GROUP, VERSION, PLURAL = "longshore.dev", "v1alpha1", "airflowenvironments"
FIELD_MANAGER = "longshore-environments"
ACCOUNT = "environments"
"""The controller's service account, in its own namespace."""
RELEASE = "airflow"
"""The name of the Helm release in the environment's own namespace."""
ENVIRONMENT_LABEL = f"{GROUP}/environment"
"""On every object of an environment: the environment's name."""
OWNER_LABEL = f"{GROUP}/owner"
UID_LABEL = f"{GROUP}/environment-uid"
"""On the namespace: the UID of the object that it was created for. A later object of the same name has another."""
RELEASE_ANNOTATION = f"{GROUP}/release"
"""On the namespace: the digest of the last release in it."""
ACTIVITY_ANNOTATION = f"{GROUP}/activity"
"""On the object: a time (RFC 3339) at which a user wanted the environment. It wakes it and renews its lifetime."""
FORGET_ANNOTATION = f"{GROUP}/forget"
"""On the object: `true` discards, at its end, the rows retained for the next environment of its owner and name."""
RETAINED_PREFIX = "environment-kept-"
"""The prefix of Secrets beside the objects: see `build/retained_rows.py`. helm/environments has it, too."""
CONTROLLER_USER = "@controller"
"""The controller's user in each environment's Airflow, a viewer. No owner has this name: a label's value has no @."""
DATABASE_SECRET, KEYS_SECRET = "airflow-database", "airflow-keys"
USERS_SECRET, CONNECTIONS_SECRET = "airflow-users", "airflow-connections"
LAKE_SECRET = "lake-role"  # noqa: S105
GIT_SECRET = "airflow-git"  # noqa: S105
BASIC_AUTH = "kubernetes.io/basic-auth"
"""The type of a Secret that opens a repository."""
QUEUES = "root.environments"
"""YuniKorn's queue (helm/yunikorn) below which each environment has its own queue."""
MAX_NAME_LENGTH = 40
"""Maximum length of an object's name."""
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class Names:
    """The names of one environment.

    Raises:
        SpecError: an environment may not have this name.
    """

    name: str

    def __post_init__(self) -> None:
        if len(self.name) > MAX_NAME_LENGTH or not _LABEL.fullmatch(self.name):
            raise SpecError(
                f"{self.name[:MAX_NAME_LENGTH]!r} cannot be an environment's name: use at most {MAX_NAME_LENGTH} "
                "small letters, digits and '-', with a letter or digit at both ends."
            )

    @property
    def namespace(self) -> str:
        return f"env-{self.name}"

    @property
    def database(self) -> str:
        """Returns the name of the metadata database in PostgreSQL, and of the role that owns it."""
        return f"env_{self.name.replace('-', '_')}"

    @property
    def lake_schema(self) -> str:
        """Returns the lake schema that the environment's jobs write tables to."""
        return self.database

    @property
    def lake_role(self) -> str:
        """Returns the role of the environment's jobs in the database of the lake's catalog."""
        return f"lake_{self.lake_schema}"

    @property
    def queue(self) -> str:
        """Returns the name of YuniKorn's queue, which YuniKorn names after the namespace."""
        return f"{QUEUES}.{self.namespace}"

    @property
    def path(self) -> str:
        """Returns the path below the address that all environments share."""
        return f"/env/{self.name}"

    @property
    def internal_url(self) -> str:
        """Returns the URL of the API server within the cluster, including the path."""
        return f"http://{RELEASE}-api-server.{self.namespace}:8080{self.path}"
