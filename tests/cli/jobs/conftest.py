"""A real job server in a process of its own, whose jobs are shell scripts, and the command `longshore` against it."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from longshore_cli.job_api import client

ROLE = "arn:aws:iam::000000000000:role/longshore-job"
BIN = Path(sys.executable).parent
SCRIPTS = {
    "hello.sh": 'echo "hello $*"; printf "to stderr" >&2',
    "fail.sh": 'echo "the table [bold] is missing" > "$LONGSHORE_TERMINATION_LOG"; exit 3',
    "sleep.sh": "echo started; exec sleep 60",
    "step_by_step.sh": 'echo first; while [ ! -e "$1" ]; do sleep 0.05; done; echo second; echo third >&2',
    "stubborn.sh": "trap '' TERM; echo started; while :; do sleep 0.1; done",
}
_RELEASES = '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "application"\n'


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
        provider = {"type": "EKS", "id": "local", "info": {"eksInfo": {"namespace": f"jobs-{uuid.uuid4().hex[:8]}"}}}
        return str(self.emr.create_virtual_cluster(name=name, containerProvider=provider)["id"])

    def start(self, cluster: str, script: str, *arguments: str, **changes: Any) -> str:
        """Starts a job run of one of SCRIPTS; its ID."""
        driver = {"entryPoint": f"local:///opt/longshore/{script}", "entryPointArguments": list(arguments)}
        request = {"releaseLabel": "shell", "executionRoleArn": ROLE, "jobDriver": {"sparkSubmitJobDriver": driver}}
        return str(self.emr.start_job_run(virtualClusterId=cluster, **request | changes)["id"])

    def wait(self, cluster: str, job_run: str, *states: str) -> dict[str, Any]:
        """The job run when it is in one of `states` (by default a final one)."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            run: dict[str, Any] = self.emr.describe_job_run(virtualClusterId=cluster, id=job_run)["jobRun"]
            if run["state"] in (states or ("COMPLETED", "FAILED", "CANCELLED")):
                return run
            time.sleep(0.05)
        raise AssertionError(f"{job_run} is {run['state']} ({run.get('stateDetails')})")


@pytest.fixture(scope="session")
def job_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobServer]:
    folder = tmp_path_factory.mktemp("job-server")
    (folder / "application").mkdir()
    for name, text in SCRIPTS.items():
        (folder / "application" / name).write_text(text + "\n")
    (folder / "releases.toml").write_text(_RELEASES)
    (folder / "credentials").write_text("[default]\naws_access_key_id = KEY\naws_secret_access_key = secret\n")
    command = [str(BIN / "emr-containers"), "serve", "--port=0", "--max-running=4"]
    command += [f"--releases={folder / 'releases.toml'}", f"--state-directory={folder / 'state'}"]
    command += [f"--credentials-file={folder / 'credentials'}"]
    output = folder / "server.log"
    with output.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    while not (said := [line for line in output.read_text().splitlines() if "listening on" in line]):
        assert process.poll() is None, output.read_text()
        time.sleep(0.02)
    endpoint_url = said[0].split()[-1]
    keys = {"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "secret"}
    yield JobServer(
        endpoint_url=endpoint_url,
        emr=client(endpoint_url, region_name="us-east-1", aws_access_key_id="KEY", aws_secret_access_key="secret"),
        environment=keys
        | {"AWS_ENDPOINT_URL_EMR_CONTAINERS": endpoint_url, "AWS_DEFAULT_REGION": "us-east-1", "COLUMNS": "300"},
    )
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)
    for pid in folder.glob("state/attempts/*/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            if not (pid.parent / "exit").exists():
                os.killpg(int(pid.read_text()), signal.SIGKILL)


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
