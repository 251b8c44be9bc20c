"""A server that dies and is started again on the same port and state, and clients that ask until they are answered."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError

_T = TypeVar("_T")
PROGRAM = Path(__file__).with_name("dying.py")
SECONDS = 60.0
"""For whatever is waited for: far more than it takes."""
SCRIPTS = {
    "run.sh": 'echo "$$" >> "$1"',
    "fail.sh": 'echo "$$" >> "$1"; exit 1',
    "second.sh": 'echo "$$" >> "$1"; [ "$(wc -l < "$1")" -ge 2 ]',
    "hold.sh": 'echo "$$" >> "$1"; sleep 600 & wait',
    "stubborn.sh": 'trap "" TERM; echo "$$" >> "$1"; while :; do sleep 0.2; done',
    "until.sh": 'echo "$$" >> "$1"; until [ -e "$2" ]; do sleep 0.05; done',
}
ROLE = "arn:aws:iam::000000000000:role/job"


@dataclass
class Mortal:
    """The server and what its jobs leave behind."""

    directory: Path
    options: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    deaths: int = 0
    later_points: list[str] = field(default_factory=list)
    """Where it dies after its first restart, its second, …: then nowhere."""
    process: "subprocess.Popen[bytes] | None" = None

    def start(self, point: str = "never", **environment: str) -> None:
        """Starts it, to die at `point` of `dying.py`."""
        options = {
            "releases": self.directory / "releases.toml",
            "state-directory": self.directory / "state",
            "credentials-file": self.directory / "credentials",
            "port": self.port,
        }
        command = [sys.executable, PROGRAM, point, "serve", *(f"--{name}={value}" for name, value in options.items())]
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self.options], stdout=log, stderr=log, env=os.environ | self.environment | environment
            )
        until(self._listens, lambda: (self.directory / "server.log").read_text())

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return self.died

    @property
    def died(self) -> bool:
        """Whether it has been killed, as it should have been."""
        assert self.process is not None
        if self.process.poll() is None:
            return False
        assert self.process.returncode == -signal.SIGKILL, (self.directory / "server.log").read_text()
        return True

    def restart(self) -> None:
        """Starts it once more, when it has died."""
        until(lambda: self.died, lambda: "It did not reach its point.")
        self.deaths += 1
        self.start(self.later_points.pop(0) if self.later_points else "never")

    def kill(self) -> None:
        """SIGKILL, now."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def client(self, **config: Any) -> Any:
        """A boto3 client that does not repeat anything by itself."""
        return boto3.client(
            "emr-containers",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="FAULTKEY",
            aws_secret_access_key="fault-secret-key",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=SECONDS, **config),
        )

    def persistently(self, call: Callable[[Any], _T]) -> _T:
        """The answer to `call(client)`, asked again by a client that got none; a server that has died is restarted."""
        deadline = time.monotonic() + 3 * SECONDS
        while True:
            try:
                return call(self.client())
            except (ConnectionError, HTTPClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
                if self.died:
                    self.restart()

    def cluster(self) -> str:
        """The virtual cluster's ID: the same, however often it is asked for."""
        provider = {"type": "EKS", "id": "faults", "info": {"eksInfo": {"namespace": "faults"}}}
        created = self.persistently(
            lambda emr: emr.create_virtual_cluster(name="faults", clientToken="faults", containerProvider=provider)
        )
        return str(created["id"])

    def start_job_run(self, script: str, *arguments: str, token: str = "a", **members: Any) -> str:  # noqa: S107
        """The job run's ID."""
        cluster = self.cluster()
        started = self.persistently(
            lambda emr: emr.start_job_run(
                virtualClusterId=cluster, clientToken=token, **job(script, *arguments), **members
            )
        )
        return str(started["id"])

    def describe(self, job_run: str) -> dict[str, Any]:
        """DescribeJobRun's answer."""
        cluster = self.cluster()
        return dict(self.persistently(lambda emr: emr.describe_job_run(virtualClusterId=cluster, id=job_run)["jobRun"]))

    def ended(self, job_run: str) -> dict[str, Any]:
        """The job run when it is finished."""
        until(lambda: "finishedAt" in self.describe(job_run), lambda: str(self.describe(job_run)))
        return self.describe(job_run)

    def job_runs(self) -> list[dict[str, Any]]:
        """All that there are."""
        cluster = self.cluster()
        pages = self.client().get_paginator("list_job_runs").paginate(virtualClusterId=cluster)
        return [run for page in pages for run in page["jobRuns"]]

    def leftovers(self) -> list[int]:
        """Processes of jobs."""
        return [process.pid for process in psutil.process_iter() if self._is_a_job(process)]

    def _is_a_job(self, process: psutil.Process) -> bool:
        try:
            mark = process.environ().get("LONGSHORE_TERMINATION_LOG", "")
            return mark.startswith(str(self.directory)) and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def job(script: str, *arguments: str) -> dict[str, Any]:
    """The members of StartJobRun that run one of SCRIPTS."""
    driver = {"entryPoint": f"local:///opt/longshore/{script}", "entryPointArguments": list(arguments)}
    return {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": {"sparkSubmitJobDriver": driver}}


def until(happened: Callable[[], Any], said: Callable[[], str] = lambda: "") -> None:
    """Waits until `happened()`; fails with `said()` after `SECONDS`."""
    deadline = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < deadline, said()
        time.sleep(0.05)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mortal]:
    """Not started yet; it and its jobs are gone at the end."""
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text + "\n")
    (tmp_path / "releases.toml").write_text(
        '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "."\n'
    )
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = FAULTKEY\naws_secret_access_key = fault-secret-key\n"
    )
    mortal = Mortal(directory=tmp_path, port=_free_port())
    yield mortal
    if mortal.process is not None and mortal.process.poll() is None:
        mortal.kill()
    for pid in mortal.leftovers():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _free_port() -> int:
    # Below those that the system gives to whoever asks for any: nobody takes it while the server is dead.
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("There is no free port.")
