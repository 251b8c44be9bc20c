"""The Secrets of the local cluster.

The charts only name them. In production the company's secret manager (such as External Secrets) creates them.
"""

import json
from typing import Any

from longshore_cli.cluster.addresses import API, BUCKET, PUBLIC_API, PUBLIC_HISTORY, REGION, ROLE, S3
from longshore_cli.cluster.kubernetes.kubectl import secret
from longshore_cli.cluster.namespaces import AIRFLOW, ENVIRONMENTS, PLATFORM
from longshore_cli.cluster.secrets.keys import Keys, Pair


def platform_secrets(keys: Keys) -> list[dict[str, Any]]:
    """Returns the Secrets of the platform and of Airflow, without Airflow's connections."""
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
    """Returns the Secrets that job runs of a namespace read: connections by name, and the keys to S3."""
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
    """Returns the Secrets for the controller of environments, and those that it copies to each environment."""
    admin = "postgres-password"
    return [
        secret("platform-db", namespace=ENVIRONMENTS, values=[(admin, keys.platform_db[admin])]),
        # Only for the controller, which creates environments' roles in the lake's catalog.
        secret("lake-db", namespace=ENVIRONMENTS, values=[(admin, keys.lake_db[admin])]),
        # Only for the controller, which creates environments' virtual clusters.
        secret("emr-containers", namespace=ENVIRONMENTS, values=[("credentials", _credentials(default=_pair(keys)))]),
        # The controller adds each environment's own virtual cluster.
        airflow_connections(keys, virtual_cluster_id=None, namespace=ENVIRONMENTS),
        *job_secrets(keys, ENVIRONMENTS),
    ]


def airflow_connections(keys: Keys, *, virtual_cluster_id: str | None, namespace: str = AIRFLOW) -> dict[str, Any]:
    """Returns Airflow's connections: the platform (`aws_default`), and the storage of logs and DAGs (`longshore_s3`).

    Args:
        virtual_cluster_id: the virtual cluster of job runs; None while it is unknown.
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
    """Returns the folder for files of tasks and jobs outside the lake; `_shared` is not a valid environment name."""
    return f"s3://{BUCKET}/environments/_shared" if namespace == ENVIRONMENTS else f"s3://{BUCKET}"


def _pair_secret(pair: Pair, namespace: str, *, name: str = "s3-credentials") -> dict[str, Any]:
    """Returns a Secret with a key pair, as the environment variables that every AWS client reads."""
    access_key, secret_key = pair
    values = [("AWS_ACCESS_KEY_ID", access_key), ("AWS_SECRET_ACCESS_KEY", secret_key)]
    return secret(name, namespace=namespace, values=values)


def _credentials(**pairs: Pair) -> str:
    """Returns key pairs by profile, in the format of ~/.aws/credentials."""
    return "\n".join(
        f"[{profile}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n"
        for profile, (access_key, secret_key) in pairs.items()
    )


def _s3_users(keys: Keys) -> str:
    """Returns the users of S3 besides its owner. Source: versitygw 1.8, auth/iam_internal.go."""
    access_key, secret_key = _environments_pair(keys)
    return json.dumps({"accessAccounts": {access_key: {"access": access_key, "secret": secret_key, "role": "user"}}})
