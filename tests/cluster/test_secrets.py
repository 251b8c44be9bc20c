"""No password of the cluster is in a pod's specification, a ConfigMap, an event, a log, an event log or a page."""

import gzip
import json

import pytest
import zstandard
from longshore_cli.cluster import secrets

from .parts import BUCKET, Cluster

SEEN_BY_ALL = (
    *("pods", "configmaps", "events", "jobs", "deployments", "statefulsets", "replicasets"),
    *("services", "persistentvolumeclaims", "serviceaccounts"),
)


@pytest.fixture(scope="session")
def passwords(cluster: Cluster) -> list[str]:
    keys = cluster.keys
    found = [
        *keys.platform_db.values(),
        *keys.lake_db.values(),
        *keys.airflow_keys.values(),
        keys.secret_key,
        keys.airflow_password,
    ]
    assert len(set(found)) == len(found) == 11
    return found


def those_in(text: str | bytes, passwords: list[str]) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [f"{password[:3]}…" for password in passwords if password.encode() in content]


def test_the_passwords_are_in_use(cluster: Cluster, passwords: list[str]) -> None:
    """Otherwise the other tests would say nothing."""
    kept = json.dumps(cluster.kubectl.list("secrets", namespace=secrets.PLATFORM))
    assert kept.count('"postgres-password"') == 2
    assert cluster.airflow.get("version")


@pytest.mark.parametrize("kind", SEEN_BY_ALL)
def test_no_object_of_the_cluster_holds_one(
    cluster: Cluster, flights_run: str, passwords: list[str], kind: str
) -> None:
    objects = cluster.kubectl.list(kind)
    assert objects
    assert those_in(json.dumps(objects), passwords) == []


def test_no_pods_log_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    read = 0
    for namespace in (secrets.PLATFORM, secrets.AIRFLOW, secrets.JOBS):
        for pod in cluster.pods(namespace):
            name = pod["metadata"]["name"]
            if pod["status"].get("phase") == "Pending":
                continue
            log = cluster.kubectl.run("-n", namespace, "logs", name, "--all-containers", what=f"the log of {name}")
            assert those_in(log, passwords) == [], name
            read += len(log)
    assert read > 10_000


def test_no_log_in_s3_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    with cluster.s3() as s3:
        for prefix in ("job-logs/", "airflow-logs/"):
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
            keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
            assert keys, prefix
            for key in keys:
                content = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
                text = gzip.decompress(content) if key.endswith(".gz") else content
                assert those_in(text, passwords) == [], key


def test_no_event_log_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    logs = event_logs(cluster)
    assert any(b'"spark.sql.catalog.lake.connection":"lake_catalog"' in content for content in logs.values())
    for key, content in logs.items():
        assert those_in(content, passwords) == [], key


def test_no_page_of_the_history_server_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    for application in cluster.history("applications"):
        for page in (
            f"history/{application['id']}/environment/",
            f"api/v1/applications/{application['id']}/environment",
        ):
            content = cluster.page(page)
            assert b"spark.app.name" in content
            assert those_in(content, passwords) == [], page


def test_no_rendered_field_and_no_xcom_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    rows = cluster.kubectl.run(
        *("-n", secrets.PLATFORM, "exec", "platform-db-0", "--"),
        *("pg_dump", "--username=postgres", "--data-only", "--table=xcom", "--table=rendered_task_instance_fields"),
        *("--table=log", "--table=task_instance", "airflow"),
        what="Airflow's database",
    )
    assert "flights_lake" in rows
    assert those_in(rows, passwords) == []


def event_logs(cluster: Cluster) -> dict[str, bytes]:
    """The text of every event log in S3, by key."""
    found = {}
    with cluster.s3() as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="event-logs/")
        for item in (item for page in pages for item in page.get("Contents", [])):
            content = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            if item["Key"].endswith((".zstd", ".zst")):
                content = zstandard.ZstdDecompressor().stream_reader(content, read_across_frames=True).read()
            found[item["Key"]] = content
    return found
