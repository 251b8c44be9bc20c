"""A real Airflow (`airflow standalone`: scheduler, DAG processor, API server, triggerer) beside the platform."""

import json
import os
import shlex
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from longshore_libs.retries import poll, polling, retry

from longshore_cli.base.private_files import read_or_create_secret
from longshore_cli.base.processes import Processes, free_port, has_children
from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.embedded.layout import Layout
from longshore_cli.exceptions import AirflowUnavailableError, EmbeddedError

_ADDRESS = "address"
"""The file in Airflow's folder with the process that has started it, and its address."""
_START_SECONDS = 300.0
"""A busy machine takes longer than two minutes; a process that ends meanwhile is noticed at once."""


def airflow_environment(layout: Layout, *, port: int) -> dict[str, str]:
    """Returns the variables that every Airflow process of this checkout needs besides ours."""
    jwt_secret, session_secret = layout.secrets / "airflow-jwt", layout.secrets / "airflow-session"
    for secret in (jwt_secret, session_secret):
        read_or_create_secret(secret)
    backend = {"connections_file_path": str(layout.airflow_connections)}
    settings = {
        "CORE__DAGS_FOLDER": str(layout.root / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "longshore.executors.local_executor.LocalExecutor",
        # Operators defer, so a slot is held for seconds only; more slots than this are more processes.
        "CORE__PARALLELISM": "4",
        # It listens on 127.0.0.1 only, and needs no password there: the machine is the user's own.
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__WORKERS": "1",
        # By a command, not as a value: every child process inherits environment variables.
        "API_AUTH__JWT_SECRET_CMD": _show(jwt_secret),
        "API__SECRET_KEY_CMD": _show(session_secret),
        "SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "SECRETS__BACKEND_KWARGS": json.dumps(backend),
        # SQLite has one writer, and sometimes answers "database is locked".
        "DATABASE__SQL_ALCHEMY_CONN_CMD": _show(layout.airflow_database),
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        # A task fails at once, without a message, when the API server answers its start late; the default of 5 s is
        # too short on a busy machine.
        "WORKERS__EXECUTION_API_TIMEOUT": "60",
        # A worker may notice only at a heartbeat that a task has deferred. If the trigger fires earlier, the scheduler
        # takes the end of the first part for the end of the task, and fails it (seen with a job of four seconds).
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    variables = {f"AIRFLOW__{key}": value for key, value in settings.items()}
    # A PYTHONDONTWRITEBYTECODE of the user's would cost every task process seconds of compiling.
    # `airflow standalone` looks for `airflow` itself on the path.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {"AIRFLOW_HOME": str(layout.airflow), "PATH": path, "PYTHONDONTWRITEBYTECODE": "", **variables}


def _show(secret: Path) -> str:
    return f"cat {shlex.quote(str(secret))}"


@dataclass(frozen=True)
class Airflow(AirflowApi):
    """A running Airflow that this process started."""

    started_at: datetime
    """Timezone-aware."""

    def happened_since_start(self, moment: str | None) -> bool:
        """Returns true if a time in an answer (ISO 8601) is from this Airflow, not from an earlier one."""
        return moment is not None and datetime.fromisoformat(moment) >= self.started_at

    def fail_unfinished_runs(self, dag_id: str) -> None:
        """Marks the DAG's runs that an earlier Airflow left unfinished as failed."""
        for run in self.get(f"dags/{dag_id}/dagRuns?state=queued&state=running")["dag_runs"]:
            self.end_run(dag_id, run["dag_run_id"])


@dataclass(frozen=True, kw_only=True)
class StartingAirflow:
    """A started Airflow that may not answer yet."""

    url: str
    started_at: datetime
    processes: Processes
    log: Path

    def wait(self) -> Airflow:
        """Waits until its API answers.

        Raises:
            EmbeddedError: Airflow does not start.
        """

        def token() -> str:
            self.processes.check()
            return log_in(self.url)

        try:
            found = retry(token, on=AirflowUnavailableError, waits=polling(_START_SECONDS, every=0.5))
        except AirflowUnavailableError as error:
            raise EmbeddedError(
                f"Airflow did not answer within {_START_SECONDS:.0f} s; see {str(self.log)!r}."
            ) from error
        return Airflow(self.url, found, self.started_at)


def start_airflow(
    processes: Processes, layout: Layout, *, settings: Mapping[str, str] | None = None
) -> StartingAirflow:
    """Starts Airflow on a free port of 127.0.0.1. Its database must exist; connections may be written later.

    Args:
        settings: environment variables besides those of `airflow_environment`.
    """
    port = free_port()
    started_at = datetime.now(UTC)
    log = processes.start(
        "airflow",
        [str(Path(sys.executable).parent / "airflow"), "standalone"],
        environment={**airflow_environment(layout, port=port), **(settings or {})},
        stop_with=signal.SIGINT,  # the only signal on which it ends its four components
        is_over=_is_over,
    )
    url = f"http://127.0.0.1:{port}"
    (layout.airflow / _ADDRESS).write_text(f"{os.getpid()} {url}\n")
    return StartingAirflow(url=url, started_at=started_at, processes=processes, log=log)


def running_address(layout: Layout, *, platform: int) -> str | None:
    """Returns the address of the Airflow that the process `platform` has started; None if it has started none."""
    try:
        pid, url = (layout.airflow / _ADDRESS).read_text().split()
    except (OSError, ValueError):
        return None
    return url if pid == str(platform) else None


def _is_over(standalone: psutil.Process) -> bool:
    """Returns True once no component of an ending Airflow has a process below it.

    Scheduler and triggerer end the processes of tasks and triggers in an orderly way, and last those that serve their
    logs. What is left then is Python's clean-up of each component's memory, which takes most of the time.
    """
    components = standalone.children()
    return bool(components) and not any(map(has_children, components))


def wait_for_dag(airflow: Airflow, processes: Processes, dag_id: str) -> None:
    """Waits until Airflow has parsed the DAG.

    Raises:
        EmbeddedError: the DAG cannot be imported, or does not appear.
    """

    def parsed() -> bool:
        processes.check()
        dags = airflow.get(f"dags?dag_id_pattern={dag_id}")["dags"]
        if any(dag["dag_id"] == dag_id and airflow.happened_since_start(dag["last_parsed_time"]) for dag in dags):
            return True
        for error in airflow.get("importErrors")["import_errors"]:
            # A DAG has its file's name; an error of another file does not matter here.
            if Path(error["filename"]).stem == dag_id and airflow.happened_since_start(error["timestamp"]):
                raise EmbeddedError(f"{error['filename']!r} cannot be imported:\n{error['stack_trace']}")
        return False

    if not poll(parsed, waits=polling(_START_SECONDS, every=0.5)):
        raise EmbeddedError(f"Airflow did not find the DAG {dag_id!r} within {_START_SECONDS:.0f} s.")
