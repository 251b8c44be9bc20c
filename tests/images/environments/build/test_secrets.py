"""Secrets are as helm/airflow and the jobs expect them, and hold nothing of others'."""

import base64
import json
from typing import Any

from environments.build.credentials import credentials
from environments.build.objects import Manifest
from environments.build.secrets import secrets
from images.environments.world import SETTINGS, environment, secret_of

CREDENTIALS = credentials({}, owner="ann", make=lambda length: b"\2" * length)
SHARED = {
    "aws_default": {
        "conn_type": "aws",
        "extra": {
            "region_name": "us-east-1",
            "service_config": {"s3": {"endpoint_url": "http://s3"}, "emr-containers": {"virtual_cluster_id": "shared"}},
        },
    },
    "longshore_s3": {"conn_type": "aws"},
}


def made(**more: Any) -> tuple[Manifest, ...]:
    given: dict[str, Any] = {
        "credentials": CREDENTIALS,
        "connections": SHARED,
        "variables": {"region": "eu"},
        "virtual_cluster_id": None,
        "copies": {},
        "copy_types": {},
        "git": None,
        **more,
    }
    return secrets(environment(), SETTINGS, **given)


def test_the_database_is_the_environments_own() -> None:
    password = "02" * 24
    url = f"postgresql+psycopg2://env_mine:{password}@platform-db.longshore:5432/env_mine"
    assert secret_of(made(), "airflow-database") == {"url": url}


def test_keys_and_users_are_where_the_chart_looks() -> None:
    assert set(secret_of(made(), "airflow-keys")) == {"fernet-key", "jwt-secret", "session-secret"}
    users = json.loads(secret_of(made(), "airflow-users")["passwords.json"])
    assert set(users) == {"ann", "@controller"}


def test_connections_and_variables_are_files() -> None:
    files = secret_of(made(), "airflow-connections")
    assert json.loads(files["connections.json"]) == SHARED
    assert json.loads(files["variables.json"]) == {"region": "eu"}


def test_jobs_go_to_the_virtual_cluster_of_the_environment() -> None:
    files = secret_of(made(virtual_cluster_id="of-mine"), "airflow-connections")
    services = json.loads(files["connections.json"])["aws_default"]["extra"]["service_config"]
    assert services["emr-containers"]["virtual_cluster_id"] == "of-mine"
    assert services["s3"] == {"endpoint_url": "http://s3"}
    assert SHARED["aws_default"]["extra"]["service_config"]["emr-containers"]["virtual_cluster_id"] == "shared"


def test_what_is_copied_is_the_same_with_its_type() -> None:
    data = {".dockerconfigjson": base64.b64encode(b"{}").decode()}
    manifests = made(copies={"pull": data}, copy_types={"pull": "kubernetes.io/dockerconfigjson"})
    (copy,) = [each for each in manifests if each["metadata"]["name"] == "pull"]
    assert (copy["type"], copy["data"]) == ("kubernetes.io/dockerconfigjson", data)


def test_the_repositorys_password_is_a_secret_of_its_own() -> None:
    assert "airflow-git" not in [each["metadata"]["name"] for each in made()]
    manifests = made(git={"password": base64.b64encode(b"token").decode()})
    assert secret_of(manifests, "airflow-git") == {"password": "token"}
