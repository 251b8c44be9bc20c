"""What holds for every file in `dags/`: it imports quickly, alone and without a network, and its tasks are complete."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = ("boto3", "botocore", "pyspark", "kubernetes", "pandas", "pyarrow", "airflow.providers.amazon")

# Run in a process of its own, in which a socket cannot be opened.
_IMPORT = """
import runpy, socket, sys
def refuse(*_args, **_kwargs):
    raise RuntimeError("a DAG file opened a socket")
socket.socket = socket.create_connection = refuse
content = runpy.run_path(sys.argv[1])
from airflow.sdk import DAG
for dag in (value for value in content.values() if isinstance(value, DAG)):
    for task in dag.tasks:
        launches = getattr(task, "job_template_id", None) or getattr(task, "image", None)
        print("TASK", dag.dag_id, task.task_id, task.owner, launches, type(task).__module__.split(".")[0])
print("HEAVY", [name for name in %r if name in sys.modules])
""" % (HEAVY,)


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


def imported(file: Path, airflow_home: Path) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT, str(file)],
        env=os.environ | {"AIRFLOW_HOME": str(airflow_home), "AIRFLOW__CORE__UNIT_TEST_MODE": "False"},
        cwd=airflow_home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line.split(" ", 1) for line in done.stdout.splitlines() if line.startswith(("TASK", "HEAVY"))]


def test_there_are_dags() -> None:
    assert ROOT / "dags" / "flights_lake.py" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_without_network_and_every_task_launches_a_container(file: Path, airflow_home: Path) -> None:
    lines = imported(file, airflow_home)
    tasks = [rest.split() for kind, rest in lines if kind == "TASK"]
    assert tasks, "the file declares no task"
    for dag_id, task_id, owner, launches, package in tasks:
        assert owner not in ("", "airflow"), f"{dag_id}.{task_id} has no owner"
        assert launches != "None", f"{dag_id}.{task_id} names neither a job template nor an image"
        assert package == "longshore", f"{dag_id}.{task_id} runs inside Airflow's own process"
    assert [rest for kind, rest in lines if kind == "HEAVY"] == ["[]"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_only_declares(file: Path) -> None:
    tree = ast.parse(file.read_text())
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    forbidden = {"open", "print", "Variable.get", "requests.get", "subprocess.run", "Path"}
    assert not calls & forbidden


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_dag_is_named_as_the_file(file: Path, airflow_home: Path) -> None:
    assert {rest.split()[0] for kind, rest in imported(file, airflow_home) if kind == "TASK"} == {file.stem}


def test_every_operator_has_an_example() -> None:
    import longshore.operators

    used = "".join(file.read_text() for file in FILES if file.stem.startswith("example_"))
    missing = [name for name in longshore.operators.__all__ if f"{name}(" not in used]
    assert missing == []
