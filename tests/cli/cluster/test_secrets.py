import json
from typing import Any

import pytest
from longshore_cli.cluster import secrets

KEYS = secrets.Keys(
    platform_db={"postgres-password": "p1", "emr_containers": "p2", "airflow": "p3"},
    lake_db={"postgres-password": "p4", "flights": "p5", "lake_catalog": "p6"},
    access_key="AK",
    secret_key="SK",
    airflow_keys={"fernet-key": "f", "jwt-secret": "j", "session-secret": "s"},
    airflow_password="a",
)


def by_name(manifests: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, str]]:
    return {(each["metadata"]["namespace"], each["metadata"]["name"]): each["stringData"] for each in manifests}


def test_jobs_get_the_lakes_passwords_and_none_of_the_platforms() -> None:
    text = json.dumps(secrets.job_secrets(KEYS, "team-a"))
    for password in ("p1", "p2", "p3", "p4"):
        assert password not in text
    found = by_name(secrets.job_secrets(KEYS, "team-a"))
    connection = json.loads(found["team-a", "job-connections"]["flights_db.json"])
    assert (connection["host"], connection["login"], connection["password"]) == ("lake-db.longshore", "flights", "p5")


def test_airflow_gets_its_own_database_and_no_other() -> None:
    manifests = [*secrets.platform_secrets(KEYS), secrets.airflow_connections(KEYS, virtual_cluster_id="vc1")]
    found = by_name(manifests)
    text = json.dumps([data for name, data in found.items() if name[0] == "airflow"])
    assert [password for password in ("p1", "p2", "p4", "p5", "p6") if f"{password}@" in text] == []
    assert found["airflow", "airflow-database"]["url"].endswith("airflow:p3@platform-db.longshore:5432/airflow")


def test_airflows_connection_is_one_that_the_operators_read() -> None:
    from longshore.settings import PlatformSettings

    manifest = secrets.airflow_connections(KEYS, virtual_cluster_id="vc1")
    connections = json.loads(manifest["stringData"]["connections.json"])
    settings = PlatformSettings.from_extra("aws_default", connections["aws_default"]["extra"])
    assert settings.require("virtual_cluster_id") == "vc1"
    assert settings.endpoint_url == "http://emr-containers.longshore:8998"
    assert settings.public_endpoint_url == "http://127.0.0.1:8998"
    assert str(settings.log_uri).startswith("s3://longshore/")


def test_every_namespace_enforces_restricted_pods() -> None:
    for each in secrets.namespaces(secrets.PLATFORM, secrets.AIRFLOW, secrets.YUNIKORN):
        assert each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


class Answers:
    """Stands for the API: which Secrets are there."""

    def __init__(self, **found: dict[str, str]) -> None:
        self._found = found

    def get(self, _kind: str, name: str, *, namespace: str) -> dict[str, Any] | None:
        import base64

        data = self._found.get(f"{namespace}_{name}".replace("-", "_"))
        return data and {"data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}}


def test_secrets_that_are_there_are_kept_and_others_are_random() -> None:
    there = Answers(longshore_lake_db={"flights": "old"}, airflow_airflow_users={"passwords.json": '{"admin": "mine"}'})
    one, other = (secrets.keep_keys(there) for _ in range(2))  # type: ignore[arg-type]
    assert one.lake_db["flights"] == other.lake_db["flights"] == "old"
    assert one.airflow_password == "mine"
    assert one.lake_db["lake_catalog"] != other.lake_db["lake_catalog"]
    assert one.secret_key != other.secret_key


@pytest.mark.parametrize("number", range(20))
def test_a_password_can_stand_in_a_url(number: int) -> None:
    keys = secrets.keep_keys(Answers())  # type: ignore[arg-type]
    for password in (*keys.platform_db.values(), *keys.lake_db.values(), keys.secret_key):
        assert password.isalnum()
        assert len(password) >= 40
