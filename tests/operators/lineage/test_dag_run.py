"""A real DAG run, with OpenLineage's provider and Airflow's own database; the jobs' results are those of a script.

What real jobs report is in `tests/transfers/reading/test_datasets.py`.
"""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

PASSWORD = "canary-password"
TASKS = {"static": "planes", "templated": "airports_2026", "expanded": "airlines"}
_DAGS = """
from airflow.sdk import DAG, Asset
from longshore.operators import JdbcToSparkContainerOperator

arguments = {"connection_id": "flights_db", "poll_interval": 0.1}
with DAG("loads", schedule=None, params={"year": 2026}) as loads:
    static = JdbcToSparkContainerOperator(
        task_id="static", table="public.planes", target="lake.raw.planes", **arguments
    )
    templated = JdbcToSparkContainerOperator(
        task_id="templated", query="SELECT 1", target="lake.raw.airports_{{ params.year }}", **arguments
    )
    expanded = JdbcToSparkContainerOperator.partial(task_id="expanded", table="airlines", **arguments).expand(
        target=["lake.raw.airlines"]
    )
    static >> templated >> expanded
with DAG("report", schedule=[Asset("x-longshore://lake/raw/planes")], is_paused_upon_creation=False):
    JdbcToSparkContainerOperator(task_id="t", table="planes", target="lake.mart.planes", **arguments)
"""
_RUN = """
import runpy, sys
from airflow.utils.db import initdb
initdb()
print("DAG RUN", runpy.run_path(sys.argv[1])["loads"].test().state)
"""


def _result(table: str) -> dict[str, Any]:
    source = {"namespace": "postgres://db:5432", "name": f"flights.public.{table}"}
    target = {"namespace": "s3://lake", "name": f"raw/{table}", "columns": {"year": "int"}, "symlinks": [source]}
    return {"sink": {"rows": 3}, "datasets": {"inputs": [source], "outputs": [target]}}


def _of(events: list[dict[str, Any]], task: str, kind: str) -> dict[str, Any]:
    found = [each for each in events if each["job"]["name"] == f"loads.{task}" and each["eventType"] == kind]
    # The provider for OpenLineage sends START again, of the same run, when a deferred task goes on.
    assert len(found) == 1 or kind == "START", found
    assert len({each["run"]["runId"] for each in found}) == 1, found
    return found[0]


@pytest.fixture
def home(api: Any, connect: Callable[..., None], write_log: SimpleNamespace, tmp_path: Path) -> Path:
    """The folder of an Airflow in which the DAG `loads` has run."""
    home = tmp_path / "airflow"
    home.mkdir()
    connect(api.url, log_uri=write_log.uri)
    api.templates = [{"id": "1", "name": "jdbc-to-spark", "createdAt": "2026-01-01T00:00:00Z"}]
    api.states = [{"state": "RUNNING"}, {"state": "RUNNING"}, {"state": "COMPLETED"}]
    for at, table in enumerate(TASKS.values(), start=1):
        write_log.write(f"{at:019d}", "stdout", f"LONGSHORE_RESULT {json.dumps(_result(table))}\n".encode())
    (home / "dags").mkdir()
    (home / "events").mkdir()
    (home / "dags" / "loads.py").write_text(_DAGS)
    settings = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__OPENLINEAGE__NAMESPACE": "test",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": json.dumps(
            {"type": "file", "log_file_path": str(home / "events" / "event")}
        ),
    }
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(home / "dags" / "loads.py")],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert "DAG RUN success" in done.stdout.splitlines(), done.stdout[-8000:]
    return home


def test_a_real_dag_run_leaves_the_events_of_openlineage_and_of_assets(home: Path) -> None:
    events = [json.loads(line) for file in (home / "events").iterdir() for line in file.read_text().splitlines()]
    for task, table in TASKS.items():
        event = _of(events, task, "COMPLETE")
        (source,), (target,) = event["inputs"], event["outputs"]
        assert (source["namespace"], source["name"]) == ("postgres://db:5432", f"flights.public.{table}")
        assert (target["namespace"], target["name"]) == ("s3://lake", f"raw/{table}")
        assert [field["name"] for field in target["facets"]["schema"]["fields"]] == ["year"]
        assert target["facets"]["symlinks"]["identifiers"][0]["name"] == f"flights.public.{table}"
        assert target["outputFacets"]["outputStatistics"]["rowCount"] == 3
    start, complete = _of(events, "static", "START"), _of(events, "static", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    parent = complete["run"]["facets"]["parent"]["job"]
    assert (parent["namespace"], parent["name"]) == ("test", "loads")
    assert _of(events, "templated", "START")["job"]["facets"]["sql"]["query"] == "SELECT 1"
    assert PASSWORD not in json.dumps(events)
    with closing(sqlite3.connect(home / "airflow.db")) as database:
        rows = database.execute(
            "SELECT e.source_task_id, a.uri, e.extra FROM asset_event e JOIN asset a ON a.id = e.asset_id"
        ).fetchall()
        waiting = database.execute("SELECT target_dag_id FROM asset_dag_run_queue").fetchall()
    found = {task: (uri, json.loads(extra)["rows"]) for task, uri, extra in rows}
    assert found == {task: (f"x-longshore://lake/raw/{table}", 3) for task, table in TASKS.items()}
    assert waiting == [("report",)]
