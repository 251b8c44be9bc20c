"""The real platform on this machine, once for all tests of this folder: one `longshore demo`, with a real Airflow, and
then database and job server on what it left.

Its state lies in a temporary folder, so that a developer's own `.longshore` is left alone. Every password is a
canary string, which `test_secrets.py` looks for afterwards.

`more/` has what `make test` leaves out. Its tests see the same platform.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from longshore_cli.base.private_files import write_private
from longshore_cli.embedded.airflow import airflow_environment
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.platform import Platform, embedded_platform
from support.longshore_commands import checkout, processes_of, started_longshore, watched_command_lines

from .transfers import Transfers, started_transfers

HERE = Path(__file__).parent
WRITING_DAGS = (HERE.parents[1] / "docs" / "writing-dags.md").read_text()
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


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        # A file that makes a world of its own says another group.
        if HERE in item.path.parents and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("embedded"))
    # What the other tests leave behind is searched for the canary, too.
    items.sort(key=lambda item: (item.path == HERE / "test_secrets.py", HERE / "more" in item.path.parents))


def openlineage_config(layout: Layout) -> Path:
    """Writes the file that docs/writing-dags.md shows, with a place for its events in the checkout's state."""
    (shown,) = re.findall(r"```yaml\n(transport:\n.*?)```", WRITING_DAGS, re.DOTALL)
    events = layout.state / "openlineage"
    events.mkdir()
    file = layout.root / "openlineage.yml"
    file.write_text(shown.replace("/tmp/openlineage", str(events)))  # noqa: S108  a folder of the page
    return file


@dataclass(frozen=True)
class Demo:
    """The outcome of `longshore demo`."""

    layout: Layout
    status: int
    """Its exit status."""
    output: str
    """Its output."""
    command_lines: frozenset[str] = field(repr=False)
    """The command lines of every process that was seen while it ran."""
    left: list[str]
    """The command lines of its processes that were there when it had ended."""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo as its user runs it, in a checkout whose secrets are canaries."""
    layout = Layout(checkout(tmp_path_factory.mktemp("checkout")))
    layout.prepare()
    for name in SECRETS:
        write_private(layout.secrets / name, CANARY)
    variables = {"OPENLINEAGE_CONFIG": str(openlineage_config(layout))}
    with watched_command_lines() as seen, started_longshore("demo", root=layout.root, **variables) as process:
        output, _ = process.communicate()
    return Demo(layout, process.returncode, output, frozenset(seen), processes_of(layout.root))


@pytest.fixture(scope="session")
def platform(demo: Demo) -> Iterator[Platform]:
    """Database and job server, on what the demo left."""
    with embedded_platform(demo.layout.root, print) as platform:
        yield platform


@pytest.fixture(scope="session")
def transfers(platform: Platform) -> Iterator[Transfers]:
    """One JVM for all transfers that need no job run of their own."""
    # Its log is searched for the canary like a job run's.
    folder = platform.layout.state / "transfers"
    folder.mkdir()
    with started_transfers(platform.layout.connections, folder) as transfers:
        yield transfers


@dataclass(frozen=True)
class DagRun:
    """The outcome of one or more DAGs."""

    states: dict[str, str]
    """By DAG."""
    output: str
    """The output of the runs: every task's log."""
    command_lines: frozenset[str] = field(repr=False)
    """The command lines of every process that was seen while it ran."""


@pytest.fixture(scope="session")
def flights_run(demo: Demo, platform: Platform) -> DagRun:
    """The demo's run of `flights_lake`, as Airflow's database and log files have it."""
    assert demo.status == 0, demo.output
    with platform.postgres.connect("airflow") as connection:
        states = dict(connection.execute("SELECT dag_id, state FROM dag_run").fetchall())
    return DagRun(states, _task_logs(demo.layout, "flights_lake"), demo.command_lines)


def _task_logs(layout: Layout, dag_id: str) -> str:
    # Each line of Airflow's is a JSON object.
    logs = sorted((layout.airflow / "logs" / f"dag_id={dag_id}").rglob("*.log"))
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    return "\n".join(str(line["event"]) for line in lines)


def run_dags(platform: Platform, *dag_ids: str, folder: Path | None = None) -> DagRun:
    """`dag.test()` of each DAG, one after another, in one process.

    Args:
        folder: that of the DAGs; by default the checkout's.
    """
    folder = folder or platform.layout.root / "dags"
    files = [str(folder / f"{dag_id}.py") for dag_id in dag_ids]
    with watched_command_lines() as seen:
        done = subprocess.run(
            [sys.executable, "-c", _RUN_DAGS, *files],
            # Nothing listens at the port: dag.test() needs no API server.
            env=os.environ | airflow_environment(platform.layout, port=9) | {"AIRFLOW__CORE__DAGS_FOLDER": str(folder)},
            cwd=platform.layout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:]
    states = dict(line.split()[2:] for line in done.stdout.splitlines() if line.startswith("DAG RUN"))
    return DagRun(states=states, output=done.stdout, command_lines=frozenset(seen))
