"""A server that dies and is started again on the same port and state, and clients that ask until they are answered."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import boto3
import psutil
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionError, HTTPClientError
from emr_containers.settings import usable_cpus
from forked import Forked, Warm

_T = TypeVar("_T")
MODULES = ("sqlalchemy.dialects.sqlite", "uvicorn.lifespan.on", "uvicorn.loops.asyncio", "anyio._backends._asyncio")
"""Modules that the server imports late."""
SECONDS = 60.0
"""Timeout of every wait, far longer than the wait takes."""
SCRIPTS = {
    "run.sh": 'echo "$$" >> "$1"',
    "fail.sh": 'echo "$$" >> "$1"; exit 1',
    "second.sh": 'echo "$$" >> "$1"; [ "$(wc -l < "$1")" -ge 2 ]',
    "hold.sh": 'echo "Nothing was written." > "$LONGSHORE_TERMINATION_LOG"; echo "$$" >> "$1"; sleep 600 & wait',
    "stubborn.sh": 'trap "" TERM; echo "$$" >> "$1"; while :; do sleep 0.2; done',
    "until.sh": 'echo "$$" >> "$1"; until [ -e "$2" ]; do sleep 0.05; done',
}
ROLE = "arn:aws:iam::000000000000:role/job"


@dataclass
class Mortal:
    """The server and what its jobs leave behind."""

    directory: Path
    warm: Warm
    max_running: int = field(default_factory=usable_cpus)
    database_url: str = ""
    """By default a SQLite file."""
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    deaths: int = 0
    later_points: list[str] = field(default_factory=list)
    """The points at which it dies after its first restart, its second, …. After the last one it lives on."""
    process: Forked | None = None

    def start(self, point: str = "never", **environment: str) -> None:
        """Starts it, to die at `point` of `dying.py`."""
        words = [point, self.directory, self.port, self.max_running, self.database_url or self._sqlite()]
        log = self.directory / "server.log"
        self.process = self.warm.start(*map(str, words), output=log, **self.environment | environment)
        until(self._listens, lambda: (self.directory / "server.log").read_text())

    def _sqlite(self) -> str:
        return f"sqlite:///{self.directory / 'jobs.sqlite'}"

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return self.died

    @property
    def died(self) -> bool:
        """True if it has been killed. Fails if it ended in any other way."""
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

    @cached_property
    def client(self) -> Any:
        """A boto3 client that does not repeat anything by itself; for 200 threads at the same time."""
        config = Config(retries={"total_max_attempts": 1}, read_timeout=SECONDS, max_pool_connections=200)
        return boto3.client(
            "emr-containers",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="FAULTKEY",
            aws_secret_access_key="fault-secret-key",
            config=config,
        )

    def persistently(self, call: Callable[[Any], _T]) -> _T:
        """The answer to `call(client)`, asked again by a client that got none; a server that has died is restarted."""
        deadline = time.monotonic() + 3 * SECONDS
        while True:
            try:
                return call(self.client)
            except (ConnectionError, HTTPClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
                if self.died:
                    self.restart()

    @cached_property
    def cluster(self) -> str:
        """The virtual cluster's ID."""
        return self.create_cluster()

    def create_cluster(self) -> str:
        """The same ID, however often it is asked for."""
        provider = {"type": "EKS", "id": "faults", "info": {"eksInfo": {"namespace": "faults"}}}
        created = self.persistently(
            lambda emr: emr.create_virtual_cluster(name="faults", clientToken="faults", containerProvider=provider)
        )
        return str(created["id"])

    def start_job_run(self, script: str, *arguments: str, token: str = "a", **members: Any) -> str:  # noqa: S107
        """The job run's ID."""
        cluster = self.cluster
        started = self.persistently(
            lambda emr: emr.start_job_run(
                virtualClusterId=cluster, clientToken=token, **job(script, *arguments), **members
            )
        )
        return str(started["id"])

    def describe(self, job_run: str) -> dict[str, Any]:
        """DescribeJobRun's answer."""
        return dict(
            self.persistently(lambda emr: emr.describe_job_run(virtualClusterId=self.cluster, id=job_run)["jobRun"])
        )

    def ended(self, job_run: str) -> dict[str, Any]:
        """The job run when it is finished."""
        until(lambda: "finishedAt" in self.describe(job_run), lambda: str(self.describe(job_run)))
        return self.describe(job_run)

    def job_runs(self) -> list[dict[str, Any]]:
        """All that there are."""
        pages = self.client.get_paginator("list_job_runs").paginate(virtualClusterId=self.cluster)
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


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Yields the process from which the servers are forked."""
    warm = Warm("faults.server.dying:main", *MODULES)
    yield warm
    warm.close()


@pytest.fixture
def server(tmp_path: Path, warm: Warm) -> Iterator[Mortal]:
    """Not started yet; it and its jobs are gone at the end."""
    with mortal(tmp_path, warm) as server:
        yield server


@contextmanager
def mortal(directory: Path, warm: Warm) -> Iterator[Mortal]:
    """A server with its files in `directory`."""
    directory.mkdir(exist_ok=True)
    for name, text in SCRIPTS.items():
        (directory / name).write_text(text + "\n")
    (directory / "releases.toml").write_text(
        '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "."\n'
    )
    (directory / "credentials").write_text(
        "[default]\naws_access_key_id = FAULTKEY\naws_secret_access_key = fault-secret-key\n"
    )
    with _own_port() as port:
        server = Mortal(directory=directory, warm=warm, port=port)
        yield server
        if server.process is not None and server.process.poll() is None:
            server.kill()
    for pid in server.leftovers():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def _own_port() -> Iterator[int]:
    # The port lies below those that the system assigns by itself. So no other process takes it while the server is
    # dead. Its UDP twin is held all the time, which keeps other tests from choosing it.
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket(type=socket.SOCK_DGRAM) as held:
            if _is_free(port, held):
                yield port
                return
    raise AssertionError("There is no free port.")


def _is_free(port: int, held: socket.socket) -> bool:
    with suppress(OSError):
        held.bind(("127.0.0.1", port))
        socket.create_server(("127.0.0.1", port)).close()
        return True
    return False
