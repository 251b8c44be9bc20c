"""A real Airflow whose parts can be killed one by one, against a real job server, once for this folder.

- `airflow`: database (PostgreSQL), API server, DAG processor, scheduler (LocalExecutor: each task is a process below a
  worker below the scheduler) and triggerer, each a `Component`: a test may kill one and start it again. Periods by
  which Airflow notices what has died are seconds here; nothing else differs from a real one.
- The job server: `emr-containers serve` with the process runtime, on a port that it keeps. Its jobs are shell scripts
  that end when a file appears. A test may put a proxy before it (`proxy.py`), by an Airflow connection of its own.
- `airflow.start(way)`: a run of one of the DAGs in `dags/faults.py`, as a `Case`: what Airflow's REST API says of its
  task, what the EMR Containers API says of its job runs (all that have the DAG run's name, whatever try they are of),
  and which processes of them there are.

- `outage`: a second job server, which is away for a minute. The minute begins with `test_ended_by_user.py`, whose tests
  do not need that server; `test_job_server.py` looks at what comes of it.

The job server is the truth: a test asserts how many job runs a task has had, how they ended, and that no two of them
were there at once. Tests of one file share the faults: all its cases are brought up first, a component is killed once,
and each test looks at one case.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from longshore_cli.embedded.airflow import airflow_environment
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres import start_postgres
from longshore_cli.embedded.processes import free_port, supervised
from longshore_cli.embedded.secrets import keep_secret, write_private

from .case import Case
from .components import PROGRAMS, Component, FaultyAirflow, JobServer

HERE = Path(__file__).parent
OUTAGE_SECONDS = 60.0
SOON = {
    # A task's supervisor and a scheduler, triggerer or executor that has died are noticed in seconds.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "2",
    "SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
    "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
    # Tasks that wait on the worker hold a slot each.
    "CORE__PARALLELISM": "14",
}
COMPONENTS: dict[str, list[str]] = {
    "api-server": [],
    "dag-processor": [],
    "scheduler": ["--skip-serve-logs"],
    "triggerer": ["--skip-serve-logs"],
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.embedded)
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyAirflow]:
    layout = Layout(tmp_path_factory.mktemp("faults"))
    (layout.root / "dags").symlink_to(HERE / "dags")
    for folder in (layout.secrets, layout.process_logs, layout.airflow):
        folder.mkdir(parents=True)
    with supervised(layout.process_logs) as processes:
        password = keep_secret(layout.secrets / "airflow-password")
        postgres = start_postgres(processes, layout.state / "postgres")
        postgres.ensure_database("airflow", password=password)
        write_private(layout.airflow_database, postgres.url("airflow", password=password))
        port = free_port()
        environment = airflow_environment(layout, port=port)
        environment |= {f"AIRFLOW__{name}": value for name, value in SOON.items()}
        subprocess.run(
            [PROGRAMS / "airflow", "db", "migrate"], env=os.environ | environment, check=True, capture_output=True
        )
        components = {
            name: Component(name, [str(PROGRAMS / "airflow"), name, *options], environment, layout.process_logs)
            for name, options in COMPONENTS.items()
        }
        faulty = FaultyAirflow(f"http://127.0.0.1:{port}", components, layout.airflow_connections)
        server = JobServer.prepare(layout.server)
        try:
            server.start()
            faulty.connect("aws_default", server)
            faulty.bring_up()
            yield faulty
        finally:
            faulty.stop()
            server.stop()


@dataclass
class Outage:
    """A job server of its own that is away for a minute, and tasks that need it."""

    cases: dict[str, Case]
    end: threading.Timer
    """Starts the server again; to be joined."""


@pytest.fixture(scope="session")
def outage(airflow: FaultyAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outage]:
    """Begins where it is first asked for, and goes on while other tests run."""
    server = JobServer.prepare(tmp_path_factory.mktemp("another"))
    try:
        server.start()
        airflow.connect("another", server)
        cases = {way: airflow.start(way, connection="another") for way in ("deferred", "on_worker")}
        for case in cases.values():
            case.wait_for_jobs("RUNNING")
        cases["deferred"].wait_for_task("deferred")
        server.component.stop(signal.SIGKILL)
        cases["started meanwhile"] = airflow.start("deferred", connection="another")
        end = threading.Timer(OUTAGE_SECONDS, server.start)
        end.start()
        yield Outage(cases, end)
        end.join()
    finally:
        server.stop()
