"""Rules for every file in `dags/`: it imports quickly, alone and without a network, and its tasks are complete."""

import ast
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from forked import Warm

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "dags").glob("*.py"))
HEAVY = ("boto3", "botocore", "pyspark", "kubernetes", "pandas", "pyarrow", "airflow.providers.amazon")
Imported = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Imported]:
    """The facts about each file, imported in a process of its own."""
    folder = tmp_path_factory.mktemp("airflow")
    warm = Warm("dags.importing:main", AIRFLOW_HOME=str(folder))

    @cache
    def imported(file: Path) -> dict[str, Any]:
        output, errors = folder / f"{file.stem}.out", folder / f"{file.stem}.err"
        status = warm.start(str(file), output=output, errors=errors).wait()
        assert status == 0, errors.read_text()
        return dict(json.loads(output.read_text().splitlines()[-1]))

    yield imported
    warm.close()


def test_there_are_dags() -> None:
    assert ROOT / "dags" / "flights_lake.py" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_without_network_and_every_task_launches_a_container(file: Path, imported: Imported) -> None:
    tasks = imported(file)["tasks"]
    assert tasks, "the file declares no task"
    for task in tasks:
        assert task["owner"] not in ("", "airflow"), f"{task} has no owner"
        assert task["launches"], f"{task} names no job template, image or release"
        assert task["package"] == "longshore", f"{task} runs inside Airflow's own process"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_imports_nothing_heavy(file: Path, imported: Imported) -> None:
    loaded = imported(file)["imported"]
    assert [name for name in loaded if name.startswith(HEAVY)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_only_declares(file: Path) -> None:
    tree = ast.parse(file.read_text())
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    forbidden = {"open", "print", "Variable.get", "requests.get", "subprocess.run", "Path"}
    assert not calls & forbidden


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_its_dag_is_named_as_the_file(file: Path, imported: Imported) -> None:
    assert {task["dag_id"] for task in imported(file)["tasks"]} == {file.stem}


def test_every_operator_has_an_example() -> None:
    import longshore.operators

    used = "".join(file.read_text() for file in FILES if file.stem.startswith("example_"))
    missing = [name for name in longshore.operators.__all__ if f"{name}(" not in used]
    assert missing == []
