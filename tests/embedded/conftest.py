"""The real platform on this machine, once for all tests of this folder: PostgreSQL, job server, Spark, Airflow.

Its state lies in a temporary folder, so that a developer's own `.longshore` is left alone. Every password is a
canary string, which `test_secrets.py` looks for afterwards.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from longshore_cli.embedded.airflow import airflow_environment
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.platform import Platform, embedded_platform
from longshore_cli.embedded.postgres import shared_folder
from longshore_cli.embedded.secrets import write_private

ROOT = Path(__file__).parents[2]
LONGSHORE = str(Path(sys.executable).parent / "longshore")
CANARY = "canary-5e1f0c-password"
SECRETS = (
    *("flights-password", "lake_catalog-password", "airflow-password", "job-server-key"),
    *("airflow-jwt", "airflow-session"),
)
_RUN_DAGS = """
import runpy, sys
from airflow.sdk import DAG
for path in sys.argv[1:]:
    (dag,) = [value for value in runpy.run_path(path).values() if isinstance(value, DAG)]
    run = dag.test()
    print("DAG RUN", dag.dag_id, run.state, flush=True)
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.embedded)
    # What the other tests leave behind is searched for the canary, too.
    items.sort(key=lambda item: item.path == Path(__file__).parent / "test_secrets.py")


def checkout(folder: Path) -> Path:
    """A folder that stands for a checkout: the project's files, and state of its own."""
    for name in ("dags", "images", "job-templates"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    root = checkout(tmp_path_factory.mktemp("checkout"))
    layout = Layout(root)
    layout.prepare()
    for name in SECRETS:
        write_private(layout.secrets / name, CANARY)
    with embedded_platform(root, print) as platform:
        yield platform


@dataclass(frozen=True)
class DagRun:
    """What came of one or more DAGs."""

    states: dict[str, str]
    """By DAG."""
    output: str
    """What the runs printed: every task's log."""
    command_lines: frozenset[str]
    """The command lines of every process that was seen while it ran."""


@pytest.fixture(scope="session")
def flights_run(platform: Platform) -> DagRun:
    """`dag.test()` of `flights_lake`, in a process of its own."""
    airflow = str(Path(sys.executable).parent / "airflow")
    subprocess.run([airflow, "db", "migrate"], env=_airflow_environment(platform), check=True, capture_output=True)
    return run_dags(platform, "flights_lake")


def run_dags(platform: Platform, *dag_ids: str) -> DagRun:
    """`dag.test()` of each DAG, one after another, in one process."""
    files = [str(platform.layout.root / "dags" / f"{dag_id}.py") for dag_id in dag_ids]
    with watched_command_lines() as seen:
        done = subprocess.run(
            [sys.executable, "-c", _RUN_DAGS, *files],
            env=_airflow_environment(platform),
            cwd=platform.layout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:]
    states = dict(line.split()[2:] for line in done.stdout.splitlines() if line.startswith("DAG RUN"))
    return DagRun(states=states, output=done.stdout, command_lines=frozenset(seen))


def _airflow_environment(platform: Platform) -> dict[str, str]:
    # Nothing listens at the port: dag.test() needs no API server.
    return os.environ | airflow_environment(platform.layout, port=9)


class watched_command_lines:  # noqa: N801  used as a function
    """Collects the command line of every process of this machine that it sees, while the block runs."""

    def __enter__(self) -> set[str]:
        self._seen: set[str] = set()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            for process in psutil.process_iter():
                try:
                    self._seen.add(" ".join(process.cmdline()))
                except psutil.Error:
                    continue


def run_job(platform: Platform, template: str, **parameters: str) -> dict[str, Any]:
    """Starts a job run of the named template as any client would, and waits for its end."""
    emr = platform.server.client()
    templates = {each["name"]: each["id"] for each in emr.list_job_templates()["templates"]}
    cluster = platform.server.virtual_cluster_id
    started = emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
        virtualClusterId=cluster, jobTemplateId=templates[template], jobTemplateParameters=parameters
    )
    while True:
        run = emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]
        if run["state"] in ("COMPLETED", "FAILED", "CANCELLED"):
            return dict(run)
        time.sleep(0.2)


def driver_log(platform: Platform, job_run: str) -> str:
    """A job run's output (spark-submit puts a Python driver's stderr into its stdout), where nobody named a place."""
    folder = platform.layout.server / "logs" / platform.server.virtual_cluster_id / "jobs" / job_run / "containers"
    logs = folder / f"spark-{job_run}" / f"spark-{job_run}-driver"
    return "".join((logs / stream).read_text() for stream in ("stdout", "stderr"))


def start_longshore(command: str, root: Path) -> "subprocess.Popen[str]":
    """`longshore <command>` in the checkout `root`, as a terminal would start it."""
    return subprocess.Popen(
        [LONGSHORE, command],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"COLUMNS": "120", "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def processes_of(root: Path) -> list[str]:
    """The command lines of all processes that work in `root`, or name it in their command line or environment.

    (Airflow's servers give themselves a title, which takes the place of both. PostgreSQL, where we are root, works in a
    folder elsewhere.)
    """
    places = [str(root), str(shared_folder(Layout(root).state / "postgres"))]
    found = []
    for process in psutil.process_iter():
        try:
            text = "\0".join([*process.cmdline(), *process.environ().values(), process.cwd()])
        except psutil.Error:
            continue
        if any(place in text for place in places) and process.pid != os.getpid():
            found.append(" ".join(process.cmdline()))
    return found
