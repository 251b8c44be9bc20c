"""The main job on Kubernetes: the DAG as it is deployed, and what it leaves in the lake, the database and S3."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from cluster.lake import Lake, open_lake
from cluster.parts import BUCKET, Cluster, eventually
from row_checksums import checksum

DAG_ID = "flights_lake"
TABLES = {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(scope="session")
def lake(cluster: Cluster, flights_run: str) -> Iterator[Lake]:
    with open_lake(cluster) as opened:
        yield opened


@pytest.mark.parametrize("table", TABLES)
def test_a_lake_table_equals_its_source_row_by_row(lake: Lake, table: str) -> None:
    columns = lake.columns_of(table)
    source, copied = lake.query(f"SELECT {', '.join(columns)} FROM {table}"), lake.lake_rows(f"raw.{table}", columns)
    assert len(copied) == len(source) == TABLES[table]
    assert checksum(copied) == checksum(source)


def test_the_database_serves_the_mart_as_it_is_in_the_lake(lake: Lake) -> None:
    columns = ["origin", "dest", "flights", "arrived", "mean_delay_minutes", "p90_delay_minutes"]
    served = lake.query(f"SELECT {', '.join(columns)} FROM serving.route_delays")
    assert len(served) == len(lake.query("SELECT DISTINCT origin, dest FROM flights"))
    assert checksum(served) == checksum(lake.lake_rows("mart.route_delays", columns))


def test_the_picture_is_in_s3(cluster: Cluster, flights_run: str) -> None:
    with cluster.s3() as s3:
        picture = s3.get_object(Bucket=BUCKET, Key="reports/delays.png")["Body"].read()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_each_task_is_one_job_run_with_a_driver_pod_of_its_own(cluster: Cluster, flights_run: str) -> None:
    runs = job_runs_of(cluster, flights_run)
    assert len(runs) == 6
    assert {run["state"] for run in runs.values()} == {"COMPLETED"}


def test_the_drivers_log_and_result_are_in_the_tasks_log(cluster: Cluster, flights_run: str) -> None:
    path = f"dags/{DAG_ID}/dagRuns/{quote(flights_run, safe='')}/taskInstances/load_dimensions"
    lines = cluster.airflow.get(f"{path}/logs/1")["content"]
    assert any("LONGSHORE_RESULT" in json.dumps(line) for line in lines)
    value = cluster.airflow.get(f"{path}/xcomEntries/return_value")["value"]
    dimensions = ("planes", "airports", "airlines")
    assert {name: one["sink"]["rows"] for name, one in value["tables"].items()} == {
        name: TABLES[name] for name in dimensions
    }


def test_the_history_server_shows_every_spark_job(cluster: Cluster, flights_run: str) -> None:
    wanted = {"lake.mart.route_delays", "serving.route_delays"}  # the loads open no session

    def look() -> bool:
        return wanted <= {each["name"] for each in cluster.history("applications")}

    eventually(look, seconds=240, what="the event logs of all jobs", every=3.0)


def test_the_task_links_to_its_job_in_the_history_server(cluster: Cluster, flights_run: str) -> None:
    path = f"dags/{DAG_ID}/dagRuns/{quote(flights_run, safe='')}/taskInstances/build_mart/links"
    links = cluster.airflow.get(path)["extra_links"]
    address = next(value for name, value in links.items() if "History" in name)
    application = address.rstrip("/").split("/history/")[1].split("/")[0]
    assert cluster.history(f"applications/{application}")["name"] == "lake.mart.route_delays"


def job_runs_of(cluster: Cluster, run_id: str) -> dict[str, dict[str, Any]]:
    """The job runs that the tasks of the DAG run started, by task."""
    found = {}
    path = f"dags/{DAG_ID}/dagRuns/{quote(run_id, safe='')}/taskInstances"
    for each in cluster.airflow.get(path)["task_instances"]:
        job_run = cluster.airflow.get(f"{path}/{each['task_id']}/xcomEntries/job_run_id")["value"]
        found[each["task_id"]] = cluster.emr.describe_job_run(
            virtualClusterId=cluster.environment.virtual_cluster_id, id=job_run
        )["jobRun"]
    return found
