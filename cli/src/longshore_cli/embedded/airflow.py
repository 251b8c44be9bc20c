"""A real Airflow (`airflow standalone`: scheduler, DAG processor, API server, triggerer) beside the platform."""

import json
import os
import shlex
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from longshore_cli.airflow_api import AirflowApi, log_in
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.processes import Processes, free_port
from longshore_cli.embedded.secrets import keep_secret
from longshore_cli.exceptions import AirflowAway, EmbeddedError

_START_SECONDS = 120.0


def airflow_environment(layout: Layout, *, port: int) -> dict[str, str]:
    """What every Airflow process of this checkout has in its environment, beside ours."""
    jwt_secret, session_secret = layout.secrets / "airflow-jwt", layout.secrets / "airflow-session"
    for secret in (jwt_secret, session_secret):
        keep_secret(secret)
    backend = {"connections_file_path": str(layout.airflow_connections)}
    settings = {
        "CORE__DAGS_FOLDER": str(layout.root / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__EXECUTOR": "LocalExecutor",
        # Operators defer, so a slot is held for seconds only; more slots than this are more processes.
        "CORE__PARALLELISM": "4",
        # It listens on 127.0.0.1 only, and asks whoever reaches it for no password: a machine of one's own.
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__WORKERS": "1",
        # By a command, not as a value: what is in an environment is handed on to every process.
        "API_AUTH__JWT_SECRET_CMD": _show(jwt_secret),
        "API__SECRET_KEY_CMD": _show(session_secret),
        "SECRETS__BACKEND": "airflow.secrets.local_filesystem.LocalFilesystemBackend",
        "SECRETS__BACKEND_KWARGS": json.dumps(backend),
        # SQLite has one writer: now and then an answer would be "database is locked".
        "DATABASE__SQL_ALCHEMY_CONN_CMD": _show(layout.airflow_database),
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
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
    """The running Airflow, by its REST API."""

    started_at: datetime
    """Aware."""

    def said_since_start(self, moment: str | None) -> bool:
        """Whether a time in an answer (ISO 8601) is of this Airflow, and not of one before it."""
        return moment is not None and datetime.fromisoformat(moment) >= self.started_at

    def fail_unfinished_runs(self, dag_id: str) -> None:
        """Marks the DAG's runs that an Airflow before this one left unfinished as failed."""
        for run in self.get(f"dags/{dag_id}/dagRuns?state=queued&state=running")["dag_runs"]:
            self.end_run(dag_id, run["dag_run_id"])


def start_airflow(processes: Processes, layout: Layout) -> Airflow:
    """Starts Airflow on a free port of 127.0.0.1 and waits until its API answers.

    Raises:
        EmbeddedError: it does not start.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    processes.start(
        "airflow",
        [str(Path(sys.executable).parent / "airflow"), "standalone"],
        environment=airflow_environment(layout, port=port),
        stop_with=signal.SIGINT,  # the one signal on which it ends its four components
    )
    started_at = datetime.now(UTC)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        try:
            return Airflow(url, log_in(url), started_at)
        except AirflowAway:
            time.sleep(0.5)
    raise EmbeddedError(
        f"Airflow did not answer within {_START_SECONDS:.0f} s; see {str(layout.process_logs / 'airflow.log')!r}."
    )


def wait_for_dag(airflow: Airflow, processes: Processes, dag_id: str) -> None:
    """Waits until Airflow has parsed the DAG.

    Raises:
        EmbeddedError: it cannot be imported, or does not appear.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        dags = airflow.get(f"dags?dag_id_pattern={dag_id}")["dags"]
        if any(dag["dag_id"] == dag_id and airflow.said_since_start(dag["last_parsed_time"]) for dag in dags):
            return
        for error in airflow.get("importErrors")["import_errors"]:
            # A DAG is named as its file; another file's error is no reason not to run this one.
            if Path(error["filename"]).stem == dag_id and airflow.said_since_start(error["timestamp"]):
                raise EmbeddedError(f"{error['filename']!r} cannot be imported:\n{error['stack_trace']}")
        time.sleep(0.5)
    raise EmbeddedError(f"Airflow did not find the DAG {dag_id!r} within {_START_SECONDS:.0f} s.")
