"""The lineage of the demo's DAG run: OpenLineage's events, sent as docs/writing-dags.md shows, and asset events."""

import json
import re
from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform

from .conftest import CANARY, DagRun, Demo
from .lake import catalog

TABLES = {"flights": "load_flights", **dict.fromkeys(("planes", "airports", "airlines"), "load_dimensions")}
"""Tables, and the tasks that load them."""


@pytest.fixture(scope="module")
def events(demo: Demo, flights_run: DagRun) -> list[dict[str, Any]]:
    folder = demo.layout.state / "openlineage"
    return [json.loads(line) for file in sorted(folder.iterdir()) for line in file.read_text().splitlines()]


def _of(events: list[dict[str, Any]], task: str, kind: str) -> dict[str, Any]:
    found = [each for each in events if each["job"]["name"] == f"flights_lake.{task}" and each["eventType"] == kind]
    # The provider for OpenLineage sends START again, of the same run, when a deferred task goes on.
    assert len(found) == 1 or kind == "START", found
    assert len({each["run"]["runId"] for each in found}) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def database(demo: Demo) -> str:
    """The OpenLineage namespace of the demo's PostgreSQL, which had another port than the one that runs now."""
    (address,) = re.findall(r"PostgreSQL answers at (\S+)", demo.output)
    return f"postgres://{address}"


@pytest.mark.parametrize("table", TABLES)
def test_a_load_is_a_step_from_the_database_to_each_tables_location(
    platform: Platform, database: str, events: list[dict[str, Any]], table: str
) -> None:
    event = _of(events, TABLES[table], "COMPLETE")
    others = [each for each, task in TABLES.items() if task == TABLES[table]]
    assert sorted((each["namespace"], each["name"]) for each in event["inputs"]) == sorted(
        (database, f"flights.public.{each}") for each in others
    )
    location = catalog(platform).load_table(f"raw.{table}").location()
    name = location.removeprefix("file:").replace("///", "/")
    (target,) = [each for each in event["outputs"] if (each["namespace"], each["name"]) == ("file", name)]
    assert len(event["outputs"]) == len(others)
    (other,) = target["facets"]["symlinks"]["identifiers"]
    assert other["name"].endswith(f".raw.{table}")
    assert target["outputFacets"]["outputStatistics"]["rowCount"] > 0


def test_columns_have_the_types_of_their_own_system(events: list[dict[str, Any]]) -> None:
    event = _of(events, "load_dimensions", "COMPLETE")
    columns = [
        {field["name"]: field["type"] for field in dataset["facets"]["schema"]["fields"]}
        for side in (event["inputs"], event["outputs"])
        for dataset in side
        if dataset["name"].endswith(("/airlines", ".airlines"))
    ]
    assert columns == [{"carrier": "text", "name": "text"}, {"carrier": "string", "name": "string"}]


def test_what_one_task_writes_another_reads_under_the_same_name(database: str, events: list[dict[str, Any]]) -> None:
    def names(side: list[dict[str, Any]]) -> set[tuple[str, str]]:
        return {(each["namespace"], each["name"]) for each in side}

    build, serve = _of(events, "build_mart", "COMPLETE"), _of(events, "serve_mart", "COMPLETE")
    loaded = set().union(*(names(_of(events, task, "COMPLETE")["outputs"]) for task in set(TABLES.values())))
    assert names(build["inputs"]) == {each for each in loaded if each[1].endswith(("/flights", "/airports"))}
    assert "SELECT" in build["job"]["facets"]["sql"]["query"]
    assert names(serve["inputs"]) == names(build["outputs"])
    assert names(serve["outputs"]) == {(database, "flights.serving.route_delays")}


def test_each_run_of_a_task_names_the_dag_run_as_its_parent(events: list[dict[str, Any]]) -> None:
    start, complete = (_of(events, "load_dimensions", kind) for kind in ("START", "COMPLETE"))
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert complete["run"]["facets"]["parent"]["job"]["name"] == "flights_lake"


def test_no_event_has_a_password_or_a_user(events: list[dict[str, Any]]) -> None:
    sides = [side for event in events for side in (*event["inputs"], *event["outputs"])]
    assert sides
    assert CANARY not in json.dumps(events)
    assert not [side for side in sides if "@" in side["namespace"]]


def test_other_dags_can_be_scheduled_by_a_transfers_table(platform: Platform, flights_run: DagRun) -> None:
    with platform.postgres.connect("airflow") as connection:
        rows = connection.execute(
            "SELECT a.uri, e.source_task_id, e.extra FROM asset_event e JOIN asset a ON a.id = e.asset_id "
            "WHERE e.source_dag_id = 'flights_lake'"
        ).fetchall()
    found = {uri: (task, extra if isinstance(extra, dict) else json.loads(extra)) for uri, task, extra in rows}
    assert {f"x-longshore://lake/raw/{name}" for name in ("flights", "weather", "planes", "airlines")} < set(found)
    task, extra = found["x-longshore://database/flights_db/serving/route_delays"]
    assert (task, extra["name"]) == ("serve_mart", "flights.serving.route_delays")
    assert extra["rows"] > 0
    task, extra = found["x-longshore://lake/raw/airlines"]
    assert (task, extra["rows"]) == ("load_dimensions", 16)
