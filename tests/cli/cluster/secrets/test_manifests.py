import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from emr_containers.access.credentials import load_keys
from longshore_cli.cluster.secrets.keys import Keys
from longshore_cli.cluster.secrets.manifests import (
    airflow_connections,
    environments_secrets,
    job_secrets,
    platform_secrets,
)

KEYS = Keys(
    platform_db={"postgres-password": "p1", "emr_containers": "p2", "airflow": "p3"},
    lake_db={"postgres-password": "p4", "flights": "p5", "lake_catalog": "p6"},
    access_key="AK",
    secret_key="SK",
    environments_access_key="EAK",
    environments_secret_key="ESK",
    airflow_keys={"fernet-key": "f", "jwt-secret": "j", "session-secret": "s"},
    airflow_password="a",
)


def by_name(manifests: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, str]]:
    return {(each["metadata"]["namespace"], each["metadata"]["name"]): each["stringData"] for each in manifests}


def test_jobs_get_the_lakes_passwords_and_none_of_the_platforms() -> None:
    text = json.dumps(job_secrets(KEYS, "team-a"))
    for password in ("p1", "p2", "p3", "p4"):
        assert password not in text
    found = by_name(job_secrets(KEYS, "team-a"))
    connection = json.loads(found["team-a", "job-connections"]["flights_db.json"])
    assert (connection["host"], connection["login"], connection["password"]) == ("lake-db.longshore", "flights", "p5")


def test_airflow_gets_its_own_database_and_no_other() -> None:
    manifests = [*platform_secrets(KEYS), airflow_connections(KEYS, virtual_cluster_id="vc1")]
    found = by_name(manifests)
    text = json.dumps([data for name, data in found.items() if name[0] == "airflow"])
    assert [password for password in ("p1", "p2", "p4", "p5", "p6") if f"{password}@" in text] == []
    assert found["airflow", "airflow-database"]["url"].endswith("airflow:p3@platform-db.longshore:5432/airflow")


def test_airflows_connection_is_one_that_the_operators_read() -> None:
    from longshore.connection.settings import PlatformSettings

    manifest = airflow_connections(KEYS, virtual_cluster_id="vc1")
    connections = json.loads(manifest["stringData"]["connections.json"])
    settings = PlatformSettings.from_extra("aws_default", connections["aws_default"]["extra"])
    assert settings.require("virtual_cluster_id") == "vc1"
    assert settings.endpoint_url == "http://emr-containers.longshore:8998"
    assert settings.public_endpoint_url == "http://127.0.0.1:8998"
    assert str(settings.log_uri).startswith("s3://longshore/")


def test_the_controller_of_environments_gets_what_its_chart_names() -> None:
    root = Path(__file__).parents[4] / "helm" / "environments"
    values = yaml.safe_load((root / "values.yaml").read_text())
    found = by_name(environments_secrets(KEYS))
    assert {namespace for namespace, _ in found} == {"environments"}
    names = {name for _, name in found}
    of_kind = yaml.safe_load((root / "values-kind.yaml").read_text())
    named = [values["database"]["secret"], values["connections"]["secret"], values["jobs"]["secret"]]
    named.append(values["lake"]["secret"])
    assert names == {*named, *values["jobs"]["secrets"], *of_kind["environmentSecrets"]}
    assert found["environments", "platform-db"] == {values["database"]["secretKey"]: "p1"}
    assert "credentials" in found["environments", "emr-containers"]
    connections = json.loads(found["environments", "airflow-connections"]["connections.json"])
    assert set(connections) == set(values["connections"]["base"])


def test_environments_get_no_password_of_the_shared_databases_but_the_jobs() -> None:
    found = by_name(environments_secrets(KEYS))
    text = json.dumps([data for (_, name), data in found.items() if name not in ("platform-db", "lake-db")])
    assert [password for password in ("p1", "p2", "p3", "p4") if password in text] == []


def test_environments_have_keys_and_folders_of_their_own() -> None:
    found = by_name(environments_secrets(KEYS))
    for_code = {
        name: data for (_, name), data in found.items() if name not in ("platform-db", "lake-db", "emr-containers")
    }
    assert set(for_code) == {"airflow-connections", "job-connections", "s3-credentials"}
    text = json.dumps(for_code)
    assert '"AK"' not in text.replace("\\", "")
    assert "SK" not in text.replace("ESK", "")
    assert for_code["s3-credentials"] == {"AWS_ACCESS_KEY_ID": "EAK", "AWS_SECRET_ACCESS_KEY": "ESK"}
    for place in ("s3://longshore/reports", "s3://longshore/artifacts"):
        assert place not in text
        assert place.replace("longshore/", "longshore/environments/_shared/") in text
    ours = json.dumps([airflow_connections(KEYS, virtual_cluster_id="vc1"), *job_secrets(KEYS, "jobs")])
    assert "ESK" not in ours
    assert "s3://longshore/artifacts" in ours


def test_s3_and_the_job_server_know_the_environments_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    found = by_name(platform_secrets(KEYS))
    (tmp_path / "credentials").write_text(found["longshore", "emr-containers"]["credentials"])
    assert load_keys(tmp_path / "credentials") == {"AK": "SK", "EAK": "ESK"}
    of_controller = by_name(environments_secrets(KEYS))["environments", "emr-containers"]["credentials"]
    (tmp_path / "credentials").write_text(of_controller)
    assert load_keys(tmp_path / "credentials") == {"AK": "SK"}
    assert boto3.Session(profile_name="default").get_credentials().access_key == "AK"
    (user,) = json.loads(found["longshore", "s3-users"]["users.json"])["accessAccounts"].values()
    assert user == {"access": "EAK", "secret": "ESK", "role": "user"}
