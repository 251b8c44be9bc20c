"""A job server of a test's own, whose jobs are shell scripts: `emr-containers serve` with the process runtime."""

import os
import random
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import botocore.exceptions

from support.components import Component
from support.waiting import until

ACCESS_KEY, SECRET_KEY = "TESTKEY", "test-secret-key"
PROGRAM = str(Path(sys.executable).parent / "emr-containers")
SHELL = '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "application"\n'
SCRIPT = 'while [ ! -e "$DONE/$1" ]; do sleep 0.5; done'


def write_files(folder: Path, scripts: Mapping[str, str], *, releases: str = SHELL) -> None:
    """Writes what a job server is started with into `folder`.

    Args:
        scripts: the entry points of the release `shell`: text by name.
        releases: the release table, in TOML.
    """
    (folder / "application").mkdir(parents=True)
    for name, text in scripts.items():
        (folder / "application" / name).write_text(text + "\n")
    (folder / "releases.toml").write_text(releases)
    (folder / "credentials").write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    )


def arguments(folder: Path, *options: str) -> list[str]:
    """Returns the program's arguments for a server with the files of `write_files`."""
    files = {"releases": "releases.toml", "state-directory": "state", "credentials-file": "credentials"}
    return ["serve", *(f"--{option}={folder / name}" for option, name in files.items()), *options]


def endpoint(log: Path, process: Any) -> str:
    """Waits until a server answers; returns its URL, which it writes to its log.

    Args:
        process: as `subprocess.Popen`.

    Raises:
        AssertionError: it has ended; the message is its log.
    """

    def found() -> str | None:
        if "listening on" in (text := log.read_text()):
            return text.split("listening on")[1].split()[0]
        assert process.poll() is None, text
        return None

    return until(log.read_text, found, every=0.02)


def client(endpoint_url: str, **changes: Any) -> Any:
    """Returns a boto3 client of a server; it repeats no request."""
    settings: dict[str, Any] = {
        "endpoint_url": endpoint_url,
        "region_name": "us-east-1",
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "config": botocore.config.Config(retries={"total_max_attempts": 1}),
    }
    return boto3.client("emr-containers", **settings | changes)


def end_jobs(folder: Path) -> None:
    """Kills the processes that jobs of the server in `folder` have left running."""
    for pid in folder.glob("state/attempts/*/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            if not (pid.parent / "exit").exists():
                os.killpg(int(pid.read_text()), signal.SIGKILL)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[str]:
    """Runs a server with the files of `write_files` on a free port: gives its URL, and ends it and its jobs."""
    server = Component("emr-containers", [PROGRAM, *arguments(folder, "--port=0", *options)], {}, folder)
    server.start()
    try:
        yield endpoint(server.log, server.process)
    finally:
        server.stop()
        end_jobs(folder)


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
        port, done = lasting_port(), folder / "done"
        write_files(folder, {"wait_for.sh": SCRIPT}, releases=f'{SHELL}environment = {{ DONE = "{done}" }}\n')
        done.mkdir()
        command = [PROGRAM, *arguments(folder, f"--port={port}", "--max-running=40")]
        return cls(Component("emr-containers", command, {}, folder), folder, port)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self.component.start()
        until(f"the job server answers; see {str(self.component.log)!r}", self._answers)
        if not self.cluster:
            provider = {"type": "EKS", "id": "faults", "info": {"eksInfo": {"namespace": "faults"}}}
            self.cluster = self.client.create_virtual_cluster(name="faults", containerProvider=provider)["id"]

    def _answers(self) -> bool:
        try:
            self.client.list_virtual_clusters()
        except (botocore.exceptions.ConnectionError, botocore.exceptions.HTTPClientError):
            return False
        return True

    @cached_property
    def client(self) -> Any:
        """A boto3 client of it: made once, as that takes longer than most requests.

        It repeats requests as users' clients do: the server closes a connection that has been idle for five seconds,
        and on a busy machine a request may be on its way just then.
        """
        config = botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 4})
        return client(self.endpoint, config=config)

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
        end_jobs(self.folder)
        self.component.stop()


def lasting_port() -> int:
    """Returns a free TCP port of 127.0.0.1 for a server that is stopped for a while.

    The port lies below those that the system assigns by itself, so that no other process takes it meanwhile.
    """
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("There is no free port.")
