"""Wrong jobs, for real: each fails with an error that names the thing, and the lake stays as it was."""

import os
import signal
from pathlib import Path

import pytest
from longshore_cli.embedded.platform import Platform
from support.job_runs import driver_streams, ended, start_template
from support.waiting import until

from .conftest import DagRun
from .lake import catalog
from .transfers import Transfers, arguments_of

READ = {"connection_id": "flights_db", "source": "airlines", "target": "lake.raw.airlines"}
WRONG_SQL = {"source": "(SELECT no_such_column FROM lake.raw.airlines)", "target": "lake.raw.airlines"}


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
        ("spark-to-spark", WRONG_SQL, ["no_such_column"]),
    ],
)
def test_a_wrong_job_names_what_is_wrong_and_changes_nothing(
    platform: Platform,
    flights_run: DagRun,
    transfers: Transfers,
    template: str,
    parameters: dict[str, str],
    named: list[str],
) -> None:
    before = snapshots(platform)
    outcome = transfers.run(arguments_of(template, parameters))
    assert outcome["status"] == 1
    for word in named:
        assert word in outcome["error"]
    until("the log has the reason", lambda: f"transfer: {outcome['error']}" in transfers.log.read_text())
    assert snapshots(platform) == before


def test_a_wrong_jobs_run_fails_as_the_users_error_and_has_the_reason_in_its_details_and_its_log(
    platform: Platform, flights_run: DagRun
) -> None:
    before = snapshots(platform)
    run = ended(platform, start_template(platform, "spark-to-spark", **WRONG_SQL))
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR")
    assert "no_such_column" in run["stateDetails"]
    assert run["stateDetails"][:60] in "".join(driver_streams(platform, run["id"]))
    assert snapshots(platform) == before


def test_an_unreachable_database_is_named_by_its_address(
    platform: Platform, flights_run: DagRun, transfers: Transfers
) -> None:
    connections = platform.layout.connections
    original = (connections / "flights_db.json").read_text()
    moved = connections / "moved_db.json"
    moved.write_text(original.replace(f'"port": {platform.postgres.port}', '"port": 9'))
    try:
        outcome = transfers.run(arguments_of("jdbc-to-spark", READ | {"connection_id": "moved_db"}))
    finally:
        moved.unlink()
    assert outcome["status"] == 1
    assert "127.0.0.1:9" in outcome["error"]


def test_a_job_that_is_killed_in_the_middle_leaves_the_table_as_it_was(platform: Platform, flights_run: DagRun) -> None:
    before = snapshots(platform)
    data = Path(platform.layout.lake) / "raw" / "flights" / "data"
    files = len(list(data.rglob("*.parquet")))
    started = start_template(platform, "jdbc-to-spark", **READ | {"source": "flights", "target": "lake.raw.flights"})
    pid = platform.layout.server / "attempts" / started / "1" / "pid"
    until("the job has written something", lambda: len(list(data.rglob("*.parquet"))) > files)
    os.killpg(int(pid.read_text()), signal.SIGKILL)
    run = ended(platform, started)
    assert run["state"] == "FAILED"
    assert "killed" in run["stateDetails"]
    assert snapshots(platform) == before
