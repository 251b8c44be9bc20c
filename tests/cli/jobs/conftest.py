"""A real job server in a process of its own, whose jobs are shell scripts, and the command `longshore` against it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.job_runs import job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, client, serving, write_files

BIN = Path(sys.executable).parent
SCRIPTS = {
    # As the application for leftovers prints: its own lines among those of others.
    "clean.sh": 'echo "WARN of Spark"; echo "removed  $*"; [ "$2" != broken ] || exit 3; echo "left alone  x: used"',
    "nothing.sh": "echo 'LONGSHORE_RESULT {}'",
    "hello.sh": 'echo "hello $*"; printf "to stderr" >&2',
    "fail.sh": 'echo "the table [bold] is missing" > "$LONGSHORE_TERMINATION_LOG"; exit 3',
    "sleep.sh": "echo started; exec sleep 60",
    "step_by_step.sh": 'echo first; while [ ! -e "$1" ]; do sleep 0.05; done; echo second; echo third >&2',
    "stubborn.sh": "trap '' TERM; echo started; while :; do sleep 0.1; done",
}


@dataclass(frozen=True, kw_only=True)
class JobServer:
    """The running server."""

    endpoint_url: str
    emr: Any
    """A client of it."""
    environment: dict[str, str]
    """For commands that are to find it."""

    def cluster(self, name: str = "local") -> str:
        """A new virtual cluster's ID."""
        return new_cluster(self.emr, name)

    def start(self, cluster: str, script: str, *arguments: str, **changes: Any) -> str:
        """Starts a job run of one of SCRIPTS; its ID."""
        return str(self.emr.start_job_run(virtualClusterId=cluster, **job(script, *arguments, **changes))["id"])

    def wait(self, cluster: str, job_run: str, *states: str) -> dict[str, Any]:
        """The job run when it is in one of `states` (by default a final one)."""
        return wait(self.emr, cluster, job_run, *states)


@pytest.fixture(scope="session")
def job_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    folder = tmp_path_factory.mktemp("job-server")
    write_files(folder, SCRIPTS)
    with serving(folder, "--max-running=4") as endpoint_url:
        environment = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_ENDPOINT_URL_EMR_CONTAINERS": endpoint_url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "COLUMNS": "300",
        }
        yield JobServer(endpoint_url=endpoint_url, emr=client(endpoint_url), environment=environment)


@pytest.fixture
def cluster(job_server: JobServer) -> str:
    """A virtual cluster's ID; each test has its own."""
    return job_server.cluster()


Longshore = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def longshore(job_server: JobServer, tmp_path: Path) -> Longshore:
    """Runs `longshore …` against the server, in a folder that is no checkout."""

    def call(*arguments: str, folder: Path = tmp_path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(BIN / "longshore"), *arguments],
            env=os.environ | (environment or job_server.environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return call
