"""The code of docs/writing-dags.md, docs/transfers.md and docs/yunikorn/using.md runs, and the tables of the first are
those of the code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from longshore_spark.connections import parse_connection

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-dags.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
(OPERATOR,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "yunikorn" / "using.md").read_text(), re.DOTALL)
MANY_TABLES, *_ = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "transfers.md").read_text(), re.DOTALL)
SHOWN = [*BLOCKS, f"task = {MANY_TABLES}", f"task = {OPERATOR}"]
TEMPLATES = ROOT / "job-templates"
Tasks = list[list[tuple[str, dict[str, str]]]]
_RUN = """
import json, sys
from airflow.sdk import DAG
from longshore.operators import *
for code in json.load(sys.stdin):
    content = {}
    exec(code, globals() | {"__name__": "page"}, content)
    own = [dag for dag in content.values() if isinstance(dag, DAG) and "with DAG(" in code]
    tasks = [task for dag in own for task in dag.tasks]
    tasks = tasks or [value for value in content.values() if isinstance(value, SparkContainerOperator)]
    spark = [task for task in tasks if isinstance(task, SparkContainerOperator)]
    print(json.dumps([[task.job_template_id, task._parameters()] for task in spark]))
    for name, value in content.items():
        if name.startswith("test_"):
            value.__globals__.update(content)
            value()
"""


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Tasks:
    """By block, the tasks that it makes when it runs as a DAG file: job template, and parameters of the operator."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN],
        input=json.dumps(SHOWN),
        env=os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "PYTHONPATH": str(ROOT / "dags")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()[-len(SHOWN) :]]


def test_the_code_runs_and_gives_parameters_that_the_templates_have(tasks: Tasks) -> None:
    shown = [task for block in tasks for task in block]
    assert len(shown) == 6
    for name, given in shown:
        template = (TEMPLATES / f"{name}.yaml").read_text()
        assert [parameter for parameter in given if f"\n    {parameter}: {{" not in template] == []


def test_the_table_of_the_amazon_providers_arguments_is_whole() -> None:
    import inspect

    from airflow.providers.amazon.aws.operators.emr import EmrContainerOperator

    section = PAGE.split("## From EmrContainerOperator")[1].split("\n## ")[0]
    own = set(inspect.signature(EmrContainerOperator.__init__).parameters) - {"self", "kwargs"}
    assert [name for name in sorted(own) if not re.search(rf"`{name}(=\w+)?`", section)] == []


def test_a_gangs_style_is_given_as_shown(tasks: Tasks) -> None:
    ((name, given),) = tasks[-1]
    assert name == "jdbc-to-spark"
    assert (given["gang_style"], given["gang_timeout"]) == ("Hard", "600")


def test_the_connection_that_is_shown_is_one_that_jobs_can_use(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "ca.pem").touch()
    connection = parse_connection("db", json.loads(shown), tmp_path / "connections")
    assert (connection.host, connection.database, connection.user) == ("db.example.com", "flights", "reader")


def test_every_operator_is_in_its_table() -> None:
    import longshore.operators

    assert [name for name in longshore.operators.__all__ if f"| `{name}` |" not in PAGE] == []
