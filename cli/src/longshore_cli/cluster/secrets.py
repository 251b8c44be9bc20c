"""The Secrets of the local cluster: random, made once, and read back from the cluster by whoever comes next.

The charts only name them; in production whatever keeps a company's secrets (External Secrets, say) makes them.
"""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from longshore_cli.cluster.kubectl import Kubectl, secret

PLATFORM, AIRFLOW, JOBS, YUNIKORN = "longshore", "airflow", "jobs", "yunikorn"
ENVIRONMENTS = "environments"
"""The namespaces."""
REGION = "us-east-1"
BUCKET = "longshore"
S3 = "http://s3.longshore:7070"
API = "http://emr-containers.longshore:8998"
PUBLIC_API = "http://127.0.0.1:8998"
PUBLIC_AIRFLOW = "http://127.0.0.1:8080"
PUBLIC_HISTORY = "http://127.0.0.1:18080"
PUBLIC_GATEWAY = "http://localhost:8081"  # another host than Airflow's: cookies know no ports
"""The same, and three more, on this machine: the ports of `kind-config.yaml`."""
Pair = tuple[str, str]
"""Access key and secret access key."""
ROLE = "arn:aws:iam::000000000000:role/longshore-job"


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What the Secrets are made from."""

    platform_db: Mapping[str, str]
    """Passwords: postgres-password, and one by database."""
    lake_db: Mapping[str, str]
    access_key: str
    """One key pair for S3 and the EMR Containers API, as one identity has at AWS."""
    secret_key: str
    environments_access_key: str
    """The key pair of all environments, for the same: see `rights`."""
    environments_secret_key: str
    airflow_keys: Mapping[str, str]
    airflow_password: str


def namespaces(*names: str) -> list[dict[str, Any]]:
    """The namespaces of charts, under the Pod Security Standard `restricted`."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
    # It opens the database, S3 and the job server.
    of_airflow = {name: {"longshore.dev/airflow": "true"} for name in (AIRFLOW, ENVIRONMENTS)}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": name, "labels": labels | of_airflow.get(name, {})},
        }
        for name in names
    ]


def keep_keys(kubectl: Kubectl) -> Keys:
    """The keys that the cluster has; new ones where it has none.

    Raises:
        ClusterError: the API refuses.
    """

    def of(name: str, namespace: str, makers: Mapping[str, Callable[[], str]]) -> dict[str, str]:
        known = kubectl.get("secret", name, namespace=namespace) or {}
        data = {key: base64.b64decode(value).decode() for key, value in known.get("data", {}).items()}
        return {key: data.get(key) or make() for key, make in makers.items()}

    pair = {"AWS_ACCESS_KEY_ID": lambda: f"LS{secrets.token_hex(9).upper()}", "AWS_SECRET_ACCESS_KEY": _password}
    s3, of_environments = of("s3-credentials", PLATFORM, pair), of("environments-credentials", PLATFORM, pair)
    users = of("airflow-users", AIRFLOW, {"passwords.json": lambda: json.dumps({"admin": _password()[:20]})})
    fernet = {"fernet-key": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}
    return Keys(
        platform_db=of(
            "platform-db", PLATFORM, dict.fromkeys(("postgres-password", "emr_containers", AIRFLOW), _password)
        ),
        lake_db=of("lake-db", PLATFORM, dict.fromkeys(("postgres-password", "flights", "lake_catalog"), _password)),
        access_key=s3["AWS_ACCESS_KEY_ID"],
        secret_key=s3["AWS_SECRET_ACCESS_KEY"],
        environments_access_key=of_environments["AWS_ACCESS_KEY_ID"],
        environments_secret_key=of_environments["AWS_SECRET_ACCESS_KEY"],
        airflow_keys=of(
            "airflow-keys", AIRFLOW, fernet | dict.fromkeys(("jwt-secret", "session-secret"), _long_password)
        ),
        airflow_password=json.loads(users["passwords.json"])["admin"],
    )


def platform_secrets(keys: Keys) -> list[dict[str, Any]]:
    """The Secrets of the platform and of Airflow, but for Airflow's connections."""
    database = "postgresql+{driver}://{name}:{password}@platform-db.longshore:5432/{name}"
    server_url = database.format(driver="psycopg", name="emr_containers", password=keys.platform_db["emr_containers"])
    airflow_url = database.format(driver="psycopg2", name=AIRFLOW, password=keys.platform_db[AIRFLOW])
    return [
        secret("platform-db", namespace=PLATFORM, values=keys.platform_db.items()),
        secret("lake-db", namespace=PLATFORM, values=keys.lake_db.items()),
        secret(
            "emr-containers",
            namespace=PLATFORM,
            values=[
                ("credentials", _credentials(default=_pair(keys), environments=_environments_pair(keys))),
                ("database-url", server_url),
            ],
        ),
        *(_pair_secret(_pair(keys), namespace) for namespace in (PLATFORM, AIRFLOW)),
        _pair_secret(_environments_pair(keys), PLATFORM, name="environments-credentials"),
        secret("s3-users", namespace=PLATFORM, values=[("users.json", _s3_users(keys))]),
        secret("airflow-database", namespace=AIRFLOW, values=[("url", airflow_url)]),
        secret("airflow-keys", namespace=AIRFLOW, values=keys.airflow_keys.items()),
        secret(
            "airflow-users",
            namespace=AIRFLOW,
            values=[("passwords.json", json.dumps({"admin": keys.airflow_password}))],
        ),
    ]


def job_secrets(keys: Keys, namespace: str) -> list[dict[str, Any]]:
    """What job runs of a namespace read: connections by name, and the keys to S3. Environments have theirs."""
    lake = {"conn_type": "postgres", "host": "lake-db.longshore", "port": 5432}

    def database(name: str, **extra: str) -> dict[str, Any]:
        return lake | {"schema": name, "login": name, "password": keys.lake_db[name], "extra": extra}

    connections = {
        "flights_db": database("flights"),
        "lake_catalog": database("lake_catalog", warehouse=f"s3://{BUCKET}/lake"),
        "reports": {"conn_type": "aws", "extra": {"path": f"{_folder(namespace)}/reports"}},
    }
    return [
        _pair_secret(_pair_of(keys, namespace), namespace),
        secret(
            "job-connections",
            namespace=namespace,
            values=[(f"{name}.json", json.dumps(value)) for name, value in connections.items()],
        ),
    ]


def environments_secrets(keys: Keys) -> list[dict[str, Any]]:
    """What the controller of environments needs, and what each environment gets a copy or a part of."""
    admin = "postgres-password"
    return [
        secret("platform-db", namespace=ENVIRONMENTS, values=[(admin, keys.platform_db[admin])]),
        # For the controller alone: it makes environments' roles in the lake's catalog.
        secret("lake-db", namespace=ENVIRONMENTS, values=[(admin, keys.lake_db[admin])]),
        # For the controller alone: it makes environments' virtual clusters.
        secret("emr-containers", namespace=ENVIRONMENTS, values=[("credentials", _credentials(default=_pair(keys)))]),
        # The controller puts each environment's own virtual cluster there.
        airflow_connections(keys, virtual_cluster_id=None, namespace=ENVIRONMENTS),
        *job_secrets(keys, ENVIRONMENTS),
    ]


def airflow_connections(keys: Keys, *, virtual_cluster_id: str | None, namespace: str = AIRFLOW) -> dict[str, Any]:
    """Airflow's connections: the platform (`aws_default`), and where logs and DAGs are kept (`longshore_s3`).

    Args:
        virtual_cluster_id: where job runs go; None while it is not known yet.
    """
    of_s3 = {"endpoint_url": S3}
    emr = {
        "endpoint_url": API,
        "public_endpoint_url": PUBLIC_API,
        "history_server_url": PUBLIC_HISTORY,
        **({"virtual_cluster_id": virtual_cluster_id} if virtual_cluster_id else {}),
        "execution_role_arn": ROLE,
        "log_uri": f"s3://{BUCKET}/job-logs",
        "artifact_uri": f"{_folder(namespace)}/artifacts",
    }
    access_key, secret_key = _pair_of(keys, namespace)
    pair = {"conn_type": "aws", "login": access_key, "password": secret_key}
    config = {"s3": {"addressing_style": "path"}}

    def connection(**services: dict[str, str]) -> dict[str, Any]:
        return pair | {"extra": {"region_name": REGION, "config_kwargs": config, "service_config": services}}

    connections = {
        "aws_default": connection(**{"s3": of_s3, "emr-containers": emr}),
        "longshore_s3": connection(s3=of_s3),
    }
    return secret(
        "airflow-connections", namespace=namespace, values=[("connections.json", json.dumps(connections, indent=2))]
    )


def _pair(keys: Keys) -> Pair:
    return keys.access_key, keys.secret_key


def _environments_pair(keys: Keys) -> Pair:
    return keys.environments_access_key, keys.environments_secret_key


def _pair_of(keys: Keys, namespace: str) -> Pair:
    return _environments_pair(keys) if namespace == ENVIRONMENTS else _pair(keys)


def _folder(namespace: str) -> str:
    """Where tasks and jobs may write what is not the lake's; no environment can have that name."""
    return f"s3://{BUCKET}/environments/_shared" if namespace == ENVIRONMENTS else f"s3://{BUCKET}"


def _pair_secret(pair: Pair, namespace: str, *, name: str = "s3-credentials") -> dict[str, Any]:
    """A key pair, as the environment variables that every AWS client reads."""
    access_key, secret_key = pair
    values = [("AWS_ACCESS_KEY_ID", access_key), ("AWS_SECRET_ACCESS_KEY", secret_key)]
    return secret(name, namespace=namespace, values=values)


def _credentials(**pairs: Pair) -> str:
    """In the format of ~/.aws/credentials, by profile."""
    return "\n".join(
        f"[{profile}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"
        for profile, (access_key, secret_key) in pairs.items()
    )


def _s3_users(keys: Keys) -> str:
    """Who may sign requests to S3 beside its owner. Source: versitygw 1.8, auth/iam_internal.go."""
    access_key, secret_key = _environments_pair(keys)
    return json.dumps({"accessAccounts": {access_key: {"access": access_key, "secret": secret_key, "role": "user"}}})


def _long_password() -> str:
    return _password() + _password()  # SHA-512 wants no fewer than 64 bytes


def _password() -> str:
    return secrets.token_urlsafe(36).replace("-", "x").replace("_", "y")  # nothing that a URL would have to quote
