"""A real Airflow whose parts can be killed one by one, against a real job server, once for this folder.

- `airflow`: database (PostgreSQL), API server, DAG processor, scheduler (LocalExecutor: each task is a process below a
  worker below the scheduler) and triggerer, each a `Component`: a test may kill one and start it again. Periods by
  which Airflow notices what has died are seconds here; nothing else differs from a real one.
- The job server: `emr-containers serve` with the process runtime, on a port that it keeps. Its jobs are shell scripts
  that end when a file appears. A test may put a proxy before it (`proxy.py`), by an Airflow connection of its own.
- `airflow.start(way)`: a run of one of the DAGs in `dags/faults.py`, as a `Case`: what Airflow's REST API says of its
  task, what the EMR Containers API says of its job runs (all that have the DAG run's name, whatever try they are of),
  and which processes of them there are.

The job server is the truth: a test asserts how many job runs a task has had, how they ended, and that no two of them
were there at once.

What waits, waits at the same time: `under_way` has all faults that leave scheduler and triggerer alone (workers that
are lost, a job server that is unavailable for a minute or throttles), and the tests check the results. Scheduler and
triggerer are killed after that, once for all cases.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from longshore_cli.base.private_files import read_or_create_secret, write_private
from longshore_cli.base.processes import free_port, supervised
from longshore_cli.embedded.airflow import airflow_environment
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres import start_postgres
from support.components import Component
from support.serving import JobServer

from .faulty_airflow import FaultyAirflow
from .under_way import UnderWay, faults_under_way

HERE = Path(__file__).parent
AIRFLOW = str(Path(sys.executable).parent / "airflow")
SOON = {
    # A task's supervisor and a scheduler, triggerer or executor that has died are noticed in seconds.
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    "WORKERS__MIN_HEARTBEAT_INTERVAL": "2",
    "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "30",
    "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "2",
    "SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
    "TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
    # Tasks that wait on the worker hold a slot each.
    "CORE__PARALLELISM": "24",
}
COMPONENTS: dict[str, list[str]] = {
    "api-server": [],
    "dag-processor": [],
    "scheduler": ["--skip-serve-logs"],
    "triggerer": ["--skip-serve-logs"],
}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.xdist_group("faults-airflow"))
    # A scheduler or triggerer that is lost takes other tests' tasks along.
    mine.sort(key=lambda item: item.path.name in ("test_scheduler.py", "test_triggerer.py"))
    first = next((index for index, item in enumerate(items) if item in mine), 0)
    items[first : first + len(mine)] = mine


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyAirflow]:
    layout = Layout(tmp_path_factory.mktemp("faults"))
    (layout.root / "dags").symlink_to(HERE / "dags")
    for folder in (layout.secrets, layout.process_logs, layout.airflow):
        folder.mkdir(parents=True)
    with supervised(layout.process_logs) as processes:
        password = read_or_create_secret(layout.secrets / "airflow-password")
        postgres = start_postgres(processes, layout.state / "postgres")
        postgres.ensure_database("airflow", password=password)
        write_private(layout.airflow_database, postgres.url("airflow", password=password))
        port = free_port()
        environment = airflow_environment(layout, port=port)
        environment |= {f"AIRFLOW__{name}": value for name, value in SOON.items()}
        subprocess.run([AIRFLOW, "db", "migrate"], env=os.environ | environment, check=True, capture_output=True)
        components = {
            name: Component(name, [AIRFLOW, name, *options], environment, layout.process_logs)
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


@pytest.fixture(scope="session")
def under_way(airflow: FaultyAirflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnderWay]:
    """Every fault that leaves scheduler and triggerer alone."""
    with faults_under_way(airflow, tmp_path_factory.mktemp("another")) as under_way:
        yield under_way
