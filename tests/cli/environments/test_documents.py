"""The calls of `longshore env` in the documents are valid, and the example's suite reports failures."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml
from airflow_double import AirflowDouble, airflow_double
from longshore_cli.commands.environments import app

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "environment"
DOCUMENT = (ROOT / "docs" / "environments" / "using.md").read_text()
WORKFLOW = yaml.safe_load((EXAMPLE / "pull-request.yml").read_text())
STEPS = WORKFLOW["jobs"]["environment"]["steps"]
CALL = re.compile(r"^ *(longshore env .*)$", re.MULTILINE)
README = (ROOT / "README.md").read_text()
CALLS = [
    *CALL.findall(README),
    *CALL.findall(DOCUMENT),
    *(call for step in STEPS for call in CALL.findall(step.get("run", ""))),
]


def test_each_command_is_shown() -> None:
    commands = {command.name for command in app.registered_commands}
    assert {shlex.split(call, comments=True)[2] for call in CALLS} == commands


@pytest.mark.parametrize("call", CALLS)
def test_a_documented_call_is_valid(call: str) -> None:
    _, _, name, *words = shlex.split(call, comments=True)
    group = typer.main.get_command(app)
    with group.make_context("env", [name, *words]) as context:
        _, command, rest = group.resolve_command(context, [name, *words])
        command.make_context(name, rest, parent=context)


def test_the_options_of_create_are_explained() -> None:
    options = set(re.findall(r"`(--[a-z-]+)", DOCUMENT.split("## Every day")[0]))
    command = next(each for each in typer.main.get_command(app).commands.values() if each.name == "create")
    known = {word for option in command.params for word in option.opts if word.startswith("--")}
    assert known - options == {"--branch", "--local", "--namespace"}
    assert options - known == set()


def test_the_workflow_deletes_what_it_makes_and_hands_no_branch_to_a_shell() -> None:
    assert next(step for step in STEPS if "env delete" in step.get("run", ""))["if"] == "always()"
    assert not any("${{" in step.get("run", "") for step in STEPS)


@pytest.fixture
def airflow() -> Iterator[AirflowDouble]:
    with airflow_double() as double:
        double.answers |= {"GET importErrors": [], "PATCH dags/one": {}, "POST dags/one/dagRuns": {"dag_run_id": "r"}}
        double.answers["GET dags/one/dagRuns/r"] = {"state": "success"}
        yield double


def suite(airflow: AirflowDouble, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    variables = {"AIRFLOW_URL": airflow.url, "AIRFLOW_USER": "admin", "AIRFLOW_PASSWORD": "password", "DAGS": "one"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "test_in_environment.py")],
        env=os.environ | variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_suite_runs_each_dag(airflow: AirflowDouble, tmp_path: Path) -> None:
    done = suite(airflow, tmp_path)
    assert done.returncode == 0, done.stdout
    assert "POST dags/one/dagRuns" in [path for path, _ in airflow.requests]


def test_the_suite_tells_what_failed(airflow: AirflowDouble, tmp_path: Path) -> None:
    airflow.answers["GET dags/one/dagRuns/r"] = {"state": "failed"}
    airflow.answers["GET dags/one/dagRuns/r/taskInstances"] = {"task_instances": [{"task_id": "t", "state": "failed"}]}
    done = suite(airflow, tmp_path)
    assert done.returncode == 1
    assert "one: failed at ['t']" in done.stdout
