"""The main job, for real: what is in the lake, the mart, the database and the picture afterwards."""

import json
from pathlib import Path
from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform
from row_checksums import checksum

from .conftest import DagRun
from .lake import catalog, columns_of, event_log, lake_rows, source_rows
from .transfers import Transfers, to_lake

TABLES = {"flights": 336_776, "weather": 26_115, "planes": 3_322, "airports": 1_458, "airlines": 16}
MART = [
    *("origin", "dest", "dest_name", "flights", "arrived"),
    *("mean_delay_minutes", "p90_delay_minutes", "late_share"),
]


def test_the_dag_run_succeeds(flights_run: DagRun) -> None:
    assert flights_run.states == {"flights_lake": "success"}


@pytest.mark.parametrize("table", TABLES)
def test_a_lake_table_equals_its_source_row_by_row(platform: Platform, flights_run: DagRun, table: str) -> None:
    columns = columns_of(platform, table)
    source, lake = source_rows(platform, table, columns), lake_rows(platform, f"raw.{table}", columns)
    assert len(lake) == len(source) == TABLES[table]
    assert checksum(lake) == checksum(source)


def test_the_mart_is_what_the_database_would_compute(platform: Platform, flights_run: DagRun) -> None:
    with platform.postgres.connect("flights") as connection:
        expected = connection.execute(
            "SELECT origin, dest, count(*), count(arr_delay), round(avg(arr_delay), 2)::float8 "
            "FROM flights GROUP BY origin, dest"
        ).fetchall()
    columns = ["origin", "dest", "flights", "arrived", "mean_delay_minutes"]
    found = {row[:2]: row[2:] for row in lake_rows(platform, "mart.route_delays", columns)}
    assert len(found) == len(expected)
    for origin, dest, flights, arrived, mean in expected:
        assert found[(origin, dest)][:2] == (flights, arrived)
        assert found[(origin, dest)][2] == (None if mean is None else pytest.approx(mean, abs=0.011))


def test_the_database_serves_the_mart_as_it_is_in_the_lake(platform: Platform, flights_run: DagRun) -> None:
    assert checksum(source_rows(platform, "serving.route_delays", MART)) == checksum(
        lake_rows(platform, "mart.route_delays", MART)
    )


def test_the_picture_is_a_picture(platform: Platform, flights_run: DagRun) -> None:
    content = (platform.layout.reports / "delays.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 20_000


def test_the_drivers_log_is_in_the_tasks_log(flights_run: DagRun) -> None:
    assert flights_run.output.count("LONGSHORE_RESULT") == 6


def test_every_job_that_opened_a_spark_session_left_an_event_log(platform: Platform, flights_run: DagRun) -> None:
    names = {_application_name(log) for log in platform.layout.event_logs.rglob("events_*")}
    assert names >= {"lake.mart.route_delays", "serving.route_delays"}


def test_many_tables_are_one_task_with_a_result_for_each(platform: Platform, flights_run: DagRun) -> None:
    dimensions = _result(platform, "load_dimensions")
    rows = {name: (one["source"]["rows"], one["sink"]["rows"]) for name, one in dimensions["tables"].items()}
    assert rows == {name: (TABLES[name], TABLES[name]) for name in ("planes", "airports", "airlines")}
    assert dimensions["engine"] == "copy"


def _application_name(log: Path) -> str:
    events = [json.loads(line) for line in event_log(log).splitlines()]
    return str(next(event["App Name"] for event in events if event["Event"] == "SparkListenerApplicationStart"))


def test_a_second_load_replaces_and_does_not_double(
    platform: Platform, flights_run: DagRun, transfers: Transfers
) -> None:
    before = lake_rows(platform, "raw.airlines", ["carrier", "name"])
    outcome = transfers.run(to_lake("airlines", "lake.raw.airlines"))
    assert outcome["status"] == 0, outcome
    assert sorted(lake_rows(platform, "raw.airlines", ["carrier", "name"])) == sorted(before)


def test_a_merge_updates_and_inserts_by_key(platform: Platform, flights_run: DagRun, transfers: Transfers) -> None:
    first = "(SELECT carrier, 'old' AS name FROM airlines WHERE carrier IN ('AA', 'UA'))"
    second = "(SELECT carrier, name FROM airlines WHERE carrier IN ('UA', 'DL'))"
    assert transfers.run(to_lake(first, "lake.test.merged"))["status"] == 0
    assert transfers.run(to_lake(second, "lake.test.merged", mode="merge", key="carrier"))["status"] == 0
    rows = dict(lake_rows(platform, "test.merged", ["carrier", "name"]))
    assert rows == {"AA": "old", "UA": "United Air Lines Inc.", "DL": "Delta Air Lines Inc."}


def test_the_summary_of_the_snapshot_says_what_the_task_returned(platform: Platform, flights_run: DagRun) -> None:
    snapshot = catalog(platform).load_table("raw.flights").current_snapshot()
    assert snapshot is not None
    assert snapshot.summary is not None
    flights = _result(platform, "load_flights")
    assert flights["source"]["rows"] == flights["sink"]["rows"] == int(snapshot.summary["added-records"] or 0)


def _result(platform: Platform, task: str) -> dict[str, Any]:
    with platform.postgres.connect("airflow") as connection:
        ((value,),) = connection.execute(
            "SELECT value FROM xcom WHERE dag_id = 'flights_lake' AND task_id = %s AND key = 'return_value'", [task]
        ).fetchall()
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found)
