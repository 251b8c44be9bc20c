"""The keys and passwords of the local cluster: random, made once, and read back from the cluster afterwards."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.namespaces import AIRFLOW, PLATFORM

Pair = tuple[str, str]
"""Access key and secret access key."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys and passwords in the cluster's Secrets."""

    platform_db: Mapping[str, str]
    """The passwords of the platform's databases: `postgres-password`, and one for each database."""
    lake_db: Mapping[str, str]
    access_key: str
    """The platform's key pair for S3 and the EMR Containers API, like an identity at AWS."""
    secret_key: str
    environments_access_key: str
    """The key pair of all environments, for the same services; see `policies.py`."""
    environments_secret_key: str
    airflow_keys: Mapping[str, str]
    airflow_password: str


def read_or_create_keys(kubectl: Kubectl) -> Keys:
    """Reads the keys from the cluster; missing ones are created.

    Raises:
        ClusterError: the API refuses.
    """

    def read_or_create(name: str, namespace: str, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
        known = kubectl.get("secret", name, namespace=namespace) or {}
        data = {key: base64.b64decode(value).decode() for key, value in known.get("data", {}).items()}
        return {key: data.get(key) or make() for key, make in makers.items()}

    pair = {"AWS_ACCESS_KEY_ID": lambda: f"LS{secrets.token_hex(9).upper()}", "AWS_SECRET_ACCESS_KEY": _password}
    s3, environments = (
        read_or_create("s3-credentials", PLATFORM, pair),
        read_or_create("environments-credentials", PLATFORM, pair),
    )
    users = read_or_create(
        "airflow-users", AIRFLOW, {"passwords.json": lambda: json.dumps({"admin": _password()[:20]})}
    )
    fernet = {"fernet-key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}
    return Keys(
        platform_db=read_or_create(
            "platform-db", PLATFORM, dict.fromkeys(("postgres-password", "emr_containers", AIRFLOW), _password)
        ),
        lake_db=read_or_create(
            "lake-db", PLATFORM, dict.fromkeys(("postgres-password", "flights", "lake_catalog"), _password)
        ),
        access_key=s3["AWS_ACCESS_KEY_ID"],
        secret_key=s3["AWS_SECRET_ACCESS_KEY"],
        environments_access_key=environments["AWS_ACCESS_KEY_ID"],
        environments_secret_key=environments["AWS_SECRET_ACCESS_KEY"],
        airflow_keys=read_or_create(
            "airflow-keys", AIRFLOW, fernet | dict.fromkeys(("jwt-secret", "session-secret"), _long_password)
        ),
        airflow_password=json.loads(users["passwords.json"])["admin"],
    )


def _long_password() -> str:
    return _password() + _password()  # SHA-512 needs at least 64 bytes


def _password() -> str:
    return secrets.token_urlsafe(36).replace("-", "x").replace("_", "y")  # without characters that a URL must quote
