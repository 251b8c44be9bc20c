"""Each check of the embedded platform fails on a platform that is broken in its way, and on no other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cli.doctor.embedded.healthy import DATA, GIB, MACHINE, STOPPED, URL, facts
from longshore_cli.doctor.embedded.checks import CHECKS
from longshore_cli.doctor.embedded.facts import (
    Connections,
    DataFolder,
    FileFact,
    ImportFailure,
    Machine,
    Packages,
    ProcessFact,
    Server,
    Template,
)
from longshore_cli.doctor.problems import run_checks

POSTGRES = (ProcessFact(pid=12, command="postgres -D x"),)


def machine(**changes: Any) -> Machine:
    return Machine(**MACHINE | changes)


def data(**changes: Any) -> DataFolder:
    return DataFolder(**DATA | changes)


def server(**changes: Any) -> Server:
    return replace(Server(endpoint_url=URL, fault=None, applied={"jdbc-to-spark": "d1"}), **changes)


def secret(**changes: Any) -> tuple[FileFact]:
    return (replace(FileFact(path=".longshore/secrets/x", mode=0o600, owner=1000, folder=False), **changes),)


# The check that fails, what is broken, and parts of the message: the thing, the reason, the way out.
BROKEN: list[tuple[str, dict[str, Any], tuple[str, str, str]]] = [
    ("Python version", {"machine": machine(python=(3, 10))}, ("Python 3.10", "needs 3.11 to 3.14", "make init")),
    ("disk space", {"machine": machine(disk_free=GIB)}, ("/home/ana/longshore", "1.0 GiB are free", "make clean")),
    (
        "memory",
        STOPPED | {"machine": machine(memory_available=GIB)},
        ("memory", "1.0 GiB are available", "more memory"),
    ),
    ("shared memory", {"machine": machine(shared_memory=1 << 20)}, ("/shm", "1 MiB are free", "--shm-size")),
    ("shared memory", {"machine": machine(shared_memory=None)}, ("/shm", "does not exist", "mount")),
    (
        "Python packages",
        {"packages": (Packages(folder="images/spark/.venv", present=False),)},
        ("images/spark/.venv", "does not exist", "make init"),
    ),
    (
        "Python packages",
        {"packages": (Packages(folder=".venv", present=True, differing=("rich is 13, the lock has 14",)),)},
        (".venv", "rich is 13, the lock has 14", "make init"),
    ),
    (
        "Python packages",
        {"packages": (Packages(folder=".venv", present=True, missing=("rich",)),)},
        (".venv", "'rich' of its lock is missing", "make init"),
    ),
    ("Spark's jars", {"missing_jars": ("postgresql.jar",)}, ("postgresql.jar", "is missing", "make init")),
    ("Spark's class archive", {"has_class_archive": False}, ("spark.jsa", "is missing", "make init")),
    (
        "leftover processes",
        STOPPED | {"platform_processes": POSTGRES},
        ("process 12 (postgres -D x)", "that has ended", "kill 12"),
    ),
    (
        "port of `make server`",
        STOPPED | {"server_port_holder": "the process 3 (nc -l)"},
        ("port 8998", "the process 3 (nc -l) listens", "longshore server --port 0"),
    ),
    ("PostgreSQL's data", {"data_folder": data(owner=0)}, ("postgres/data", "the user ID 0", "chown -R 1000")),
    ("PostgreSQL's data", {"data_folder": data(mode=0o755)}, ("postgres/data", "mode is 0755", "chmod 0700")),
    ("PostgreSQL's data", {"data_folder": data(version="17")}, ("postgres/data", "PostgreSQL 17 made", "make clean")),
    ("PostgreSQL's data", {"data_folder": data(holder="vim")}, ("postmaster.pid", "process 12, which is 'vim'", "rm ")),
    ("secrets", {"secrets": secret(mode=0o644)}, ("secrets/x", "mode is 0644", "chmod 0600")),
    ("secrets", {"secrets": secret(mode=0o755, folder=True)}, ("secrets/x", "mode is 0755", "chmod 0700")),
    ("secrets", {"secrets": secret(owner=0)}, ("secrets/x", "the user ID 0, and you are 1000", "chown -R 1000")),
    (
        "connections",
        {"connections": Connections(faults={"a.json": "it is not JSON: no."}, endpoint_url=None)},
        ("a.json", "it is not JSON", "remove it"),
    ),
    (
        "connections",
        {"connections": Connections(faults={}, endpoint_url="http://127.0.0.1:1")},
        ("'aws_default'", "leads to 'http://127.0.0.1:1'", "start it again"),
    ),
    ("job server", {"server": server(fault="it does not answer: refused.")}, (URL, "refused", "emr-containers.log")),
    ("job server", {"server": None}, ("the job server", "has not written its address", "kill 7")),
    (
        "job templates",
        {"template_fault": "'x.yaml' is not valid YAML."},
        ("job-templates/", "'x.yaml' is not valid YAML", "longshore templates apply"),
    ),
    (
        "job templates",
        {"server": server(applied={"jdbc-to-spark": "d0"})},
        ("'jdbc-to-spark'", "is not that of 'job-templates/jdbc-to-spark.yaml'", "longshore templates apply"),
    ),
    (
        "job templates",
        {"templates": (Template(name="new", path="job-templates/new.yaml", digest="d"),)},
        ("'new'", "does not have it", "longshore templates apply"),
    ),
    (
        "DAG files",
        {"import_failures": (ImportFailure(file="x.py", error="NameError: y"),)},
        ("x.py", "cannot import it: NameError: y", "correct the file"),
    ),
    (
        "DAG files",
        {"airflow_fault": "Airflow does not answer."},
        ("http://127.0.0.1:8080", "not answer", "airflow.log"),
    ),
]


@pytest.mark.parametrize(
    ("check", "changes", "message"), BROKEN, ids=[f"{each[0]}-{n}" for n, each in enumerate(BROKEN)]
)
def test_a_broken_platform_fails_the_check_with_the_thing_the_reason_and_the_way_out(
    check: str, changes: dict[str, Any], message: tuple[str, str, str]
) -> None:
    outcomes = {each.check: each for each in run_checks(CHECKS, facts(**changes))}
    (problem,) = outcomes[check].problems
    thing, reason, way_out = message
    assert thing in problem.thing
    assert reason in problem.reason
    assert way_out in problem.way_out
    assert [name for name, each in outcomes.items() if each.problems] == [check]


def test_every_check_has_a_platform_that_fails_it() -> None:
    assert {check for check, _, _ in BROKEN} == set(CHECKS)


@pytest.mark.parametrize("changes", [{}, STOPPED, STOPPED | {"data_folder": None, "secrets": (), "connections": None}])
def test_a_platform_that_is_well_has_no_problem(changes: dict[str, Any]) -> None:
    assert [each.check for each in run_checks(CHECKS, facts(**changes)) if each.problems] == []


def test_no_check_looks_by_itself() -> None:
    # What a check needs is in the facts: none of their modules does I/O.
    folder = Path(__file__).parents[4] / "cli/src/longshore_cli/doctor/embedded"
    for module in ("checks.py", "setup_checks.py", "facts.py"):
        text = (folder / module).read_text()
        assert not any(word in text for word in ("import os", "pathlib", "psutil", "subprocess", "urllib"))
