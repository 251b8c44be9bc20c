"""The names of all that an environment is made of. Pure.

Each is a function of the object's name alone, and no two environments have one in common: the object's name is a DNS
label of at most 40 characters (the CRD says so), which has no `_`, so that putting `_` for `-` can be taken back. The
longest, with what others put before or behind it, stays below 63 characters.
"""

import re
from dataclasses import dataclass

from environments.exceptions import SpecError

GROUP, VERSION, PLURAL = "longshore.dev", "v1alpha1", "airflowenvironments"
FIELD_MANAGER = "longshore-environments"
ACCOUNT = "environments"
"""The controller's service account, in its own namespace."""
RELEASE = "airflow"
"""Of Helm, in the environment's own namespace."""
ENVIRONMENT_LABEL = f"{GROUP}/environment"
"""On whatever is an environment's: its name."""
OWNER_LABEL = f"{GROUP}/owner"
UID_LABEL = f"{GROUP}/environment-uid"
"""On the namespace: of the object that it was made for. One of the same name that comes later is another."""
RELEASE_ANNOTATION = f"{GROUP}/release"
"""On the namespace: the digest of what was last released into it."""
ACTIVITY_ANNOTATION = f"{GROUP}/activity"
"""On the object: a moment (RFC 3339) at which somebody wanted the environment. It wakes it, and renews its time."""
FORGET_ANNOTATION = f"{GROUP}/forget"
"""On the object: `true` lets go, at its end, what would be kept for the next environment of its owner and name."""
KEPT_PREFIX = "environment-kept-"
"""Of Secrets beside the objects: see `kept.py`. helm/environments says the same."""
CONTROLLER_USER = "@controller"
"""In each environment's Airflow, as a viewer. No owner is called so: a label's value has no @."""
DATABASE_SECRET, KEYS_SECRET = "airflow-database", "airflow-keys"
USERS_SECRET, CONNECTIONS_SECRET = "airflow-users", "airflow-connections"
LAKE_SECRET = "lake-role"  # noqa: S105
GIT_SECRET = "airflow-git"  # noqa: S105
BASIC_AUTH = "kubernetes.io/basic-auth"
"""The type of a Secret that opens a repository."""
QUEUES = "root.environments"
"""YuniKorn's queue (helm/yunikorn) below which each environment has its own."""
MOST = 40
"""Characters of an object's name."""
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class Names:
    """Of one environment.

    Raises:
        SpecError: the name is none that an environment may have.
    """

    name: str

    def __post_init__(self) -> None:
        if len(self.name) > MOST or not _LABEL.fullmatch(self.name):
            raise SpecError(
                f"{self.name[:MOST]!r} cannot be an environment's name: use at most {MOST} small letters, digits and "
                "'-', with a letter or digit at both ends."
            )

    @property
    def namespace(self) -> str:
        return f"env-{self.name}"

    @property
    def database(self) -> str:
        """Of the metadata, in PostgreSQL; the role that owns it is called the same."""
        return f"env_{self.name.replace('-', '_')}"

    @property
    def lake_schema(self) -> str:
        """Where the environment's jobs write tables."""
        return self.database

    @property
    def lake_role(self) -> str:
        """Of the environment's jobs in the database of the lake's catalog."""
        return f"lake_{self.lake_schema}"

    @property
    def queue(self) -> str:
        """YuniKorn's, which names it after the namespace."""
        return f"{QUEUES}.{self.namespace}"

    @property
    def path(self) -> str:
        """Of the address that all environments share."""
        return f"/env/{self.name}"

    @property
    def internal_url(self) -> str:
        """Where the API server is reached within the cluster, its path included."""
        return f"http://{RELEASE}-api-server.{self.namespace}:8080{self.path}"
