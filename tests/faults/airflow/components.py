"""The processes that a fault test kills and starts again."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import psutil
from longshore_cli.airflow_api import AirflowApi, log_in
from longshore_cli.embedded.processes import free_port
from longshore_cli.embedded.secrets import write_private
from longshore_cli.exceptions import AirflowAway

from .case import Case

PROGRAMS = Path(sys.executable).parent
ACCESS_KEY, SECRET_KEY = "TESTKEY", "test-secret-key"
SCRIPT = 'while [ ! -e "$DONE/$1" ]; do sleep 0.5; done\n'
_PATIENCE = 120.0


def wait_until(what: str, true: Callable[[], Any]) -> Any:
    """The first true answer of `true`."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"within {_PATIENCE:.0f} s: {what}")


@dataclass
class Component:
    """One process, with whatever it starts."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log_folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def log(self) -> Path:
        return self.log_folder / f"{self.name}.log"

    def start(self) -> None:
        assert self.process is None
        self.started_at = datetime.now(UTC)
        # A file: nobody reads a pipe on, and a full one would stop the process.
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def family(self) -> list[psutil.Process]:
        """It and its descendants, the youngest last."""
        assert self.process is not None
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def kill(self) -> None:
        """SIGKILL to it and all that it has started, as when a machine or a pod is lost."""
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._gone()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Asks it to end, and waits until it has."""
        if self.process is not None:
            self.process.send_signal(number)
            self._gone()

    def _gone(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(timeout=60)
        finally:
            self.process = None


@dataclass
class JobServer:
    """The job server, on a port that it keeps over restarts."""

    component: Component
    folder: Path
    port: int
    cluster: str = ""

    @classmethod
    def prepare(cls, folder: Path) -> "JobServer":
        """Writes what it needs into `folder`."""
        port = free_port()
        for name in ("application", "done"):
            (folder / name).mkdir(parents=True)
        (folder / "application/wait_for.sh").write_text(SCRIPT)
        (folder / "releases.toml").write_text(
            '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "application"\n'
            f'environment = {{ DONE = "{folder / "done"}" }}\n'
        )
        (folder / "credentials").write_text(
            f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
        )
        options = {
            "releases": folder / "releases.toml",
            "state-directory": folder / "state",
            "credentials-file": folder / "credentials",
            "port": port,
            "max-running": 40,
        }
        command = [str(PROGRAMS / "emr-containers"), "serve", *(f"--{name}={of}" for name, of in options.items())]
        return cls(Component("emr-containers", command, {}, folder), folder, port)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self.component.start()
        wait_until(f"the job server answers; see {str(self.component.log)!r}", self._answers)
        if not self.cluster:
            provider = {"type": "EKS", "id": "faults", "info": {"eksInfo": {"namespace": "faults"}}}
            self.cluster = self.client().create_virtual_cluster(name="faults", containerProvider=provider)["id"]

    def _answers(self) -> bool:
        try:
            self.client().list_virtual_clusters()
        except botocore.exceptions.EndpointConnectionError:
            return False
        return True

    def client(self) -> Any:
        """A boto3 client of it."""
        return boto3.client(
            "emr-containers",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=botocore.config.Config(retries={"total_max_attempts": 1}),
        )

    def connection(self, endpoint: str | None = None) -> dict[str, Any]:
        """The Airflow connection to the server, or to what stands before it at `endpoint`."""
        service = {
            "endpoint_url": endpoint or self.endpoint,
            "virtual_cluster_id": self.cluster,
            "execution_role_arn": "arn:aws:iam::000000000000:role/longshore-job",
        }
        extra = {"region_name": "us-east-1", "service_config": {"emr-containers": service}}
        return {"conn_type": "aws", "login": ACCESS_KEY, "password": SECRET_KEY, "extra": extra}

    def stop(self) -> None:
        """Ends every job, and then the server."""
        for pid in self.folder.glob("state/attempts/*/*/pid"):
            with suppress(ProcessLookupError, ValueError):
                if not (pid.parent / "exit").exists():
                    os.killpg(int(pid.read_text()), signal.SIGKILL)
        self.component.stop()


@dataclass
class FaultyAirflow:
    """The running Airflow and its job servers."""

    url: str
    components: dict[str, Component]
    connections_file: Path
    servers: dict[str, JobServer] = field(default_factory=dict)
    """By Airflow connection."""
    _connections: dict[str, Any] = field(default_factory=dict)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def bring_up(self) -> None:
        """Starts every component, and waits until all DAGs can run."""
        for component in self.components.values():
            component.start()
        wait_until("Airflow has parsed the DAGs", self._parsed)
        for dag in self.api.get("dags")["dags"]:
            self.api.unpause(dag["dag_id"])

    def _parsed(self) -> bool:
        try:
            self.api = AirflowApi(self.url, log_in(self.url))
        except AirflowAway:
            return False
        errors = self.api.get("importErrors")["import_errors"]
        assert not errors, errors
        return bool(self.api.get("dags")["dags"])

    def connect(self, connection_id: str, server: JobServer, endpoint: str | None = None) -> None:
        """Makes an Airflow connection to the server, or to what stands before it at `endpoint`."""
        self.servers[connection_id] = server
        self._connections[connection_id] = server.connection(endpoint)
        write_private(self.connections_file, json.dumps(self._connections))

    def start(self, way: str, *, connection: str = "aws_default") -> Case:
        """A run of the DAG `way`."""
        run_id = f"{way}-{next(self._numbers)}"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": {"connection": connection}}
        self.api.call("POST", f"dags/{way}/dagRuns", body)
        return Case(way, run_id, self.api, self.servers[connection])

    def stop(self) -> None:
        for component in reversed(self.components.values()):
            if component.process is not None:
                component.kill()
