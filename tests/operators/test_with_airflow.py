"""Airflow's own arguments with our operators: set-up and teardown, mapped tasks, pools, `max_active_tis_per_dag`.

The DAG goes through Airflow's serialization, which is what its scheduler reads, and then runs in a real Airflow with a
database of its own, against the stand-in for the API.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

DAG_FILE = """
from airflow.sdk import DAG
from longshore.operators import (
    ContainerOperator, EmrContainerOperator, JdbcToSparkContainerOperator, SparkContainerOperator
)

with DAG("d", schedule=None, default_args={"owner": "team-a", "api_patience": 60.0, "tags": {"team": "x"}}) as dag:
    make = ContainerOperator(task_id="make", image="i", entry_point="make.py").as_setup()
    load = JdbcToSparkContainerOperator.partial(
        task_id="load", connection_id="db", job_template_id="tpl0000000000000000001", pool="databases", pool_slots=2,
        max_active_tis_per_dag=1, max_active_tis_per_dagrun=1, priority_weight=5,
    ).expand_kwargs([{"table": name, "target": f"lake.raw.{name}"} for name in ("a", "b")])
    after = SparkContainerOperator(task_id="after", job_template_id="tpl0000000000000000001")
    drop = ContainerOperator(task_id="drop", image="i", entry_point="drop.py").as_teardown(setups=make)
    make >> load >> after >> drop
    SparkContainerOperator.partial(task_id="confs", job_template_id="tpl0000000000000000001").expand(
        conf=[{"spark.a": "1"}, {"spark.a": "2"}]
    )
    EmrContainerOperator.partial(task_id="emr", release_label="r", pool="databases").expand(
        job_driver=[{"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/a.py"}}]
    )
"""
SERIALIZED = """
import json
from airflow.serialization.serialized_objects import DagSerialization
shown = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(dag))))
names = ("is_setup", "is_teardown", "is_mapped", "pool", "pool_slots", "max_active_tis_per_dag",
         "max_active_tis_per_dagrun", "priority_weight", "owner")
print(json.dumps({task.task_id: {name: getattr(task, name) for name in names} for task in shown.tasks}))
"""
RUN = """
import json
from airflow.utils.db import initdb
from airflow.utils.session import create_session
from airflow.models.pool import Pool
initdb()
with create_session() as session:
    session.add(Pool(pool="databases", slots=2, description="", include_deferred=True))
run = dag.test()
print(json.dumps([run.state, sorted([ti.task_id, ti.map_index, ti.state] for ti in run.get_task_instances())]))
"""


def _output(program: str, folder: Path) -> Any:
    home = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
    }
    (folder / "dags").mkdir(exist_ok=True)
    path = folder / "dags" / "d.py"
    path.write_text(DAG_FILE)
    code = f"import runpy\ndag = runpy.run_path({str(path)!r})['dag']\n{program}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | home, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_airflows_arguments_reach_its_scheduler(tmp_path: Path) -> None:
    tasks = _output(SERIALIZED, tmp_path)
    assert {name for name, task in tasks.items() if task["is_setup"]} == {"make"}
    assert {name for name, task in tasks.items() if task["is_teardown"]} == {"drop"}
    assert {name for name, task in tasks.items() if task["is_mapped"]} == {"load", "confs", "emr"}
    assert {name for name, task in tasks.items() if task["pool"] == "databases"} == {"load", "emr"}
    assert {task["owner"] for task in tasks.values()} == {"team-a"}
    load = tasks["load"]
    assert (load["pool_slots"], load["priority_weight"]) == (2, 5)
    assert (load["max_active_tis_per_dag"], load["max_active_tis_per_dagrun"]) == (1, 1)


def test_a_teardown_runs_after_a_mapped_task_that_failed(
    api: Any, connect: Callable[..., None], tmp_path: Path
) -> None:
    connect(api.url, execution_role_arn="arn:aws:iam::000000000000:role/longshore")
    failing = {"state": "FAILED", "failureReason": "USER_ERROR", "stateDetails": "no such table"}
    answer = api.answer

    def answering(method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        done: tuple[int, dict[str, Any]] = answer(method, target, body)
        parameters = (body or {}).get("jobTemplateParameters", {})
        if method == "POST" and parameters.get("target") == "lake.raw.b":
            api.one_by_one[done[1]["id"]] = failing
        return done

    api.answer = answering
    state, tasks = _output(RUN, tmp_path)
    found = {(task, index): ended for task, index, ended in tasks}
    assert found == {
        ("make", -1): "success",
        ("load", 0): "success",
        ("load", 1): "failed",
        ("after", -1): "upstream_failed",
        ("drop", -1): "success",
        ("confs", 0): "success",
        ("confs", 1): "success",
        ("emr", 0): "success",
    }
    assert state == "failed"
    started = [body for _, _, body in api.asked("POST")]
    assert len({body["clientToken"] for body in started}) == len(started) == 7
    given = [
        body["configurationOverrides"]["applicationConfiguration"][0]["properties"]
        for body in started
        if "configurationOverrides" in body
    ]
    assert sorted(properties["spark.a"] for properties in given) == ["1", "2"]
    assert all(body["tags"]["team"] == "x" for body in started)
    drivers = [body["jobDriver"]["sparkSubmitJobDriver"]["entryPoint"] for body in started if "jobDriver" in body]
    assert drivers.index("local:///opt/longshore/make.py") < drivers.index("local:///opt/longshore/drop.py")


@pytest.mark.parametrize("argument", ["conf", "jars", "py_files", "configuration_overrides"])
def test_an_override_may_be_mapped(argument: str) -> None:
    from airflow.sdk import DAG
    from longshore.operators import JdbcToSparkContainerOperator

    with DAG("d", schedule=None):
        mapped = JdbcToSparkContainerOperator.partial(
            task_id="t", connection_id="db", table="a", target="lake.raw.a"
        ).expand(**{argument: [{"a": "b"}]})
        assert getattr(mapped.unmap({argument: {"a": "b"}}), argument) == {"a": "b"}
