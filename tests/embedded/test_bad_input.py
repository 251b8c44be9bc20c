"""Wrong jobs, for real: each fails with an error that names the thing, and the lake stays as it was."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform

from .conftest import DagRun, driver_log, run_job
from .lake import catalog

READ = {"connection_id": "flights_db", "source": "airlines", "target": "lake.raw.airlines"}


def snapshots(platform: Platform) -> dict[str, int]:
    lake = catalog(platform)
    tables = [table for namespace in lake.list_namespaces() for table in lake.list_tables(namespace)]
    found = {".".join(table): lake.load_table(table).metadata.current_snapshot_id for table in tables}
    return {name: snapshot for name, snapshot in found.items() if snapshot is not None}


@pytest.mark.parametrize(
    ("template", "parameters", "named"),
    [
        ("jdbc-to-spark", READ | {"connection_id": "nowhere_db"}, ["'nowhere_db'", "flights_db"]),
        ("jdbc-to-spark", READ | {"source": "no_such_table"}, ["no_such_table", "flights_db"]),
        ("jdbc-to-spark", READ | {"partition_column": "no_such_column"}, ["no_such_column"]),
        ("jdbc-to-spark", READ | {"mode": "merge"}, ["merge", "key"]),
        ("spark-to-spark", {"source": "lake.raw.nothing", "target": "lake.raw.airlines"}, ["lake.raw.nothing"]),
        (
            "spark-to-spark",
            {"source": "(SELECT no_such_column FROM lake.raw.airlines)", "target": "lake.raw.airlines"},
            ["no_such_column"],
        ),
    ],
)
def test_a_wrong_job_names_what_is_wrong_and_changes_nothing(
    platform: Platform, flights_run: DagRun, template: str, parameters: dict[str, str], named: list[str]
) -> None:
    before = snapshots(platform)
    run = run_job(platform, template, **parameters)
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR")
    for word in named:
        assert word in run["stateDetails"]
    assert run["stateDetails"][:60] in driver_log(platform, run["id"])
    assert snapshots(platform) == before


def test_an_unreachable_database_is_named_by_its_address(platform: Platform, flights_run: DagRun) -> None:
    connections = platform.layout.connections
    original = (connections / "flights_db.json").read_text()
    moved = connections / "moved_db.json"
    moved.write_text(original.replace(f'"port": {platform.postgres.port}', '"port": 9'))
    try:
        run = run_job(platform, "jdbc-to-spark", **READ | {"connection_id": "moved_db"})
    finally:
        moved.unlink()
    assert run["state"] == "FAILED"
    assert "127.0.0.1:9" in run["stateDetails"]


def test_a_job_that_is_killed_in_the_middle_leaves_the_table_as_it_was(platform: Platform, flights_run: DagRun) -> None:
    before = snapshots(platform)
    emr, cluster = platform.server.client(), platform.server.virtual_cluster_id
    templates: dict[str, Any] = {each["name"]: each["id"] for each in emr.list_job_templates()["templates"]}
    started = emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
        virtualClusterId=cluster,
        jobTemplateId=templates["jdbc-to-spark"],
        jobTemplateParameters=READ | {"source": "flights", "target": "lake.raw.flights"},
    )["id"]
    pid = platform.layout.server / "attempts" / started / "1" / "pid"
    data = Path(platform.layout.lake) / "raw" / "flights" / "data"
    files = len(list(data.rglob("*.parquet")))
    deadline = time.monotonic() + 60
    while len(list(data.rglob("*.parquet"))) == files:
        assert time.monotonic() < deadline, "the job wrote nothing"
        time.sleep(0.02)
    os.killpg(int(pid.read_text()), signal.SIGKILL)
    while (run := emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"])["state"] != "FAILED":
        assert run["state"] != "COMPLETED"
        time.sleep(0.2)
    assert "killed" in run["stateDetails"]
    assert snapshots(platform) == before
