"""No password of the cluster is in a pod's specification, a ConfigMap, an event, a log, an event log or a page."""

import gzip
import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from cluster.parts import BUCKET, Cluster, eventually
from longshore_cli.cluster import namespaces

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


@pytest.fixture(scope="session")
def transfer(cluster: Cluster) -> None:
    """A transfer has run just now: the Jobs of the main job are removed an hour after their end."""
    cluster_id = cluster.environment.virtual_cluster_id
    pages = cluster.emr.get_paginator("list_job_templates").paginate()
    templates = {template["name"]: template["id"] for page in pages for template in page["templates"]}
    run = cluster.emr.start_job_run(
        virtualClusterId=cluster_id,
        clientToken=uuid.uuid4().hex,
        jobTemplateId=templates["jdbc-to-spark"],
        jobTemplateParameters={
            "connection_id": "flights_db",
            "source": "airlines",
            "target": "lake.raw.airlines",
            "executor_instances": "1",
        },
    )["id"]

    def ended() -> bool:
        state = cluster.emr.describe_job_run(virtualClusterId=cluster_id, id=run)["jobRun"]["state"]
        assert state not in ("FAILED", "CANCELLED")
        return bool(state == "COMPLETED")

    eventually(ended, seconds=300, what="the transfer is done")


def those_in(text: str | bytes, passwords: list[str]) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [f"{password[:3]}…" for password in passwords if password.encode() in content]


def test_the_passwords_are_in_use(cluster: Cluster, passwords: list[str]) -> None:
    """Otherwise the other tests would say nothing."""
    kept = json.dumps(cluster.kubectl.list("secrets", namespace=namespaces.PLATFORM))
    assert kept.count('"postgres-password"') == 2
    assert cluster.airflow.get("version")


@pytest.mark.parametrize("kind", SEEN_BY_ALL)
def test_no_object_of_the_cluster_holds_one(
    cluster: Cluster, flights_run: str, transfer: None, passwords: list[str], kind: str
) -> None:
    objects = cluster.kubectl.list(kind)
    assert objects
    assert those_in(json.dumps(objects), passwords) == []


def test_no_pods_log_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    read = 0
    for namespace in (namespaces.PLATFORM, namespaces.AIRFLOW, namespaces.JOBS):
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
    ids = [application["id"] for application in cluster.history("applications")]
    pages = [page for one in ids for page in (f"history/{one}/environment/", f"api/v1/applications/{one}/environment")]
    with ThreadPoolExecutor(4) as pool:
        for page, content in zip(pages, pool.map(cluster.page, pages), strict=True):
            assert b"spark.app.name" in content
            assert those_in(content, passwords) == [], page


def test_no_rendered_field_and_no_xcom_holds_one(cluster: Cluster, flights_run: str, passwords: list[str]) -> None:
    rows = cluster.kubectl.run(
        *("-n", namespaces.PLATFORM, "exec", "platform-db-0", "--"),
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
