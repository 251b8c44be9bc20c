"""A real server, in a process of its own, with a release whose jobs are shell scripts: no Spark is needed here.

One server serves all tests that do not start, configure or break one; a virtual cluster of its own keeps each test's
job runs apart.
"""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.config
import pytest

ACCESS_KEY, SECRET_KEY = "TESTKEY", "test-secret-key"
ROLE = "arn:aws:iam::000000000000:role/longshore-job"
PROGRAM = str(Path(sys.executable).parent / "emr-containers")
SCRIPTS = {
    "hello.sh": 'echo "hello $*"; echo "to stderr" >&2',
    "fail.sh": 'echo "the table is missing" > "$LONGSHORE_TERMINATION_LOG"; exit 3',
    "fail_silently.sh": "exit 3",
    "sleep.sh": "echo started >> $1; sleep 60",
    "wait_for.sh": 'echo started >> "$1"; while [ ! -e "$2" ]; do sleep 0.05; done; echo done >> "$1"',
    "environment.sh": "env",
    "kill_itself.sh": "kill -9 $$",
    "second_time.sh": 'if [ -e "$1" ]; then exit 0; fi; touch "$1"; exit 1',
    "bytes.sh": "printf '\\377\\000 not text' > \"$LONGSHORE_TERMINATION_LOG\"; exit 1",
    "leave_behind.sh": 'sleep 60 & echo "$!" > "$1"',
    "end_well.sh": 'trap "exit 0" TERM; echo started > "$1"; while :; do sleep 0.05; done',
    "tamper.sh": 'rm -rf ./* ../pid; echo 0 > exit; echo 0 > exit.new; echo x >> "$1"; exit 3',
    "exit_255.sh": "exit 255",
    "escape.sh": 'setsid sleep 300 & echo "$!" > "$1"; [ "$2" = end ] || sleep 300',
    "write_on.sh": 'while [ ! -e "$1" ]; do seq 1 2000; done',
}
RELEASES = (
    '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "application"\n'
    'environment = { GREETING = "hi" }\n'
    '[shell-not-installed]\nkind = "container"\ncommand = ["/not/installed"]\napplication_directory = "application"\n'
)
_namespaces = itertools.count()


@dataclass
class Server:
    """A running server and how to reach it."""

    directory: Path
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    endpoint: str = ""

    def start(self) -> None:
        command = [
            PROGRAM,
            "serve",
            f"--releases={self.directory / 'releases.toml'}",
            f"--state-directory={self.directory / 'state'}",
            f"--credentials-file={self.directory / 'credentials'}",
            "--port=0",
            *self.options,
        ]
        # A file: nobody reads a pipe on, and a full one would stop the server.
        with (self.directory / "server.log").open("w") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, text=True, env=os.environ | {"A_SECRET_OF_THE_SERVER": "x"}
            )
        while "listening on" not in (text := self.log()):
            assert self.process.poll() is None, text
            time.sleep(0.02)
        self.endpoint = next(line.split()[-1] for line in text.splitlines() if "listening on" in line)

    def log(self) -> str:
        return (self.directory / "server.log").read_text()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)
            self.process = None

    def client(self, **changes: Any) -> Any:
        arguments: dict[str, Any] = {
            "endpoint_url": self.endpoint,
            "region_name": "us-east-1",
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "config": botocore.config.Config(retries={"total_max_attempts": 1}),
        }
        return boto3.client("emr-containers", **arguments | changes)


def prepare(directory: Path) -> None:
    (directory / "application").mkdir()
    for name, text in SCRIPTS.items():
        (directory / "application" / name).write_text(text + "\n")
    (directory / "releases.toml").write_text(RELEASES)
    (directory / "credentials").write_text(
        f"[default]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    )


def end_jobs(directory: Path) -> None:
    for pid in directory.glob("state/attempts/*/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            if not (pid.parent / "exit").exists():
                os.killpg(int(pid.read_text()), signal.SIGKILL)


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server with these options; every server and job is gone at the end."""
    prepare(tmp_path)
    servers: list[Server] = []

    def start(*options: str) -> Server:
        server = Server(directory=tmp_path, options=list(options))
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()
    end_jobs(tmp_path)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that the tests share; two job runs at a time."""
    directory = tmp_path_factory.mktemp("shared-server")
    prepare(directory)
    server = Server(directory=directory, options=["--max-running=2"])
    server.start()
    yield server
    server.stop()
    end_jobs(directory)


@pytest.fixture(scope="session")
def emr(server: Server) -> Any:
    """A boto3 client of the shared server."""
    return server.client()


@pytest.fixture
def cluster(emr: Any) -> str:
    """A virtual cluster's ID; each test has its own."""
    return new_cluster(emr)


def new_cluster(emr: Any) -> str:
    provider = {"type": "EKS", "id": "local", "info": {"eksInfo": {"namespace": f"jobs-{next(_namespaces)}"}}}
    return str(emr.create_virtual_cluster(name="local", containerProvider=provider)["id"])


def job(script: str, *arguments: str, **changes: Any) -> dict[str, Any]:
    """The members of StartJobRun that run one of SCRIPTS."""
    driver = {"sparkSubmitJobDriver": {"entryPoint": f"local:///opt/longshore/{script}"}}
    if arguments:
        driver["sparkSubmitJobDriver"]["entryPointArguments"] = list(arguments)  # type: ignore[assignment]
    return {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": driver} | changes


def wait(emr: Any, cluster: str, job_run: str, *states: str) -> dict[str, Any]:
    """The job run when it is in one of `states` (by default a final one)."""
    wanted = states or ("COMPLETED", "FAILED", "CANCELLED")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        run: dict[str, Any] = emr.describe_job_run(virtualClusterId=cluster, id=job_run)["jobRun"]
        if run["state"] in wanted:
            return run
        time.sleep(0.05)
    raise AssertionError(f"{job_run} is {run['state']} ({run.get('stateDetails')}), not one of {wanted}")
