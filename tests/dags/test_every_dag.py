"""What holds for every file in `dags/`: it imports quickly, alone and without a network, and its tasks are complete."""

import ast
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = ("boto3", "botocore", "pyspark", "kubernetes", "pandas", "pyarrow", "airflow.providers.amazon")

# Run in a process of its own, in which no address is looked up and nothing is connected to while the file is read.
_IMPORT = """
import json, runpy, socket, sys
from airflow.sdk import DAG

before = set(sys.modules)
def refuse(*_args, **_kwargs):
    raise RuntimeError("a DAG file used the network")
socket.socket.connect = socket.getaddrinfo = refuse
content = runpy.run_path(sys.argv[1])
tasks = [
    {
        "dag_id": dag.dag_id,
        "task_id": task.task_id,
        "owner": task.owner,
        "launches": getattr(task, "job_template_id", None) or getattr(task, "image", None),
        "package": type(task).__module__.split(".")[0],
    }
    for dag in content.values() if isinstance(dag, DAG) for task in dag.tasks
]
print(json.dumps({"tasks": tasks, "imported": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@cache
def imported(file: Path, airflow_home: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(file)],
        env=os.environ | {"AIRFLOW_HOME": str(airflow_home)},
        cwd=airflow_home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_there_are_dags() -> None:
    assert ROOT / "dags" / "flights_lake.py" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_without_network_and_every_task_launches_a_container(file: Path, airflow_home: Path) -> None:
    tasks = imported(file, airflow_home)["tasks"]
    assert tasks, "the file declares no task"
    for task in tasks:
        assert task["owner"] not in ("", "airflow"), f"{task} has no owner"
        assert task["launches"], f"{task} names neither a job template nor an image"
        assert task["package"] == "longshore", f"{task} runs inside Airflow's own process"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_nothing_heavy(file: Path, airflow_home: Path) -> None:
    loaded = imported(file, airflow_home)["imported"]
    assert [name for name in loaded if name.startswith(HEAVY)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_only_declares(file: Path) -> None:
    tree = ast.parse(file.read_text())
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    forbidden = {"open", "print", "Variable.get", "requests.get", "subprocess.run", "Path"}
    assert not calls & forbidden


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_dag_is_named_as_the_file(file: Path, airflow_home: Path) -> None:
    assert {task["dag_id"] for task in imported(file, airflow_home)["tasks"]} == {file.stem}


def test_every_operator_has_an_example() -> None:
    import longshore.operators

    used = "".join(file.read_text() for file in FILES if file.stem.startswith("example_"))
    missing = [name for name in longshore.operators.__all__ if f"{name}(" not in used]
    assert missing == []
