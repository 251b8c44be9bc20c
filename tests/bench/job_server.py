"""A job server in a process of its own, whose releases are shell scripts, and what it costs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

KEY, SECRET = "BENCHKEY", "bench-secret-key"
ROLE = "arn:aws:iam::000000000000:role/bench"
PROGRAM = Path(sys.executable).parent / "emr-containers"
_START_SECONDS = 60.0
_SCRIPTS = {"true.sh": "exit 0", "count.sh": 'echo >> "$1"', "hold.sh": "exec sleep 3600"}


@dataclass(frozen=True, kw_only=True)
class JobServer:
    """A running server."""

    endpoint: str
    directory: Path
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Used by the server itself since its start: user and system, without the jobs."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_mib(self) -> float:
        """Its resident memory, in MiB."""
        return float(self.process.memory_info().rss) / 2**20


@contextmanager
def job_server(
    directory: Path,
    *,
    max_running: int,
    releases: dict[str, dict[str, str]] | None = None,
    policies: dict[str, dict[str, Any]] | None = None,
) -> Iterator[JobServer]:
    """Starts a server in `directory`; it, and whatever job it still has, is gone at the end.

    Args:
        releases: `kind`, `command` (one program) and `application_directory` by label, besides `shell`'s.
        policies: by access key; each is a key of the server's with the secret `SECRET`. None: `KEY` may do everything.
    """
    application = directory / "application"
    application.mkdir(parents=True)
    for name, text in _SCRIPTS.items():
        (application / name).write_text(text + "\n")
    shell = {"kind": "container", "command": "/bin/sh", "application_directory": str(application)}
    (directory / "releases.toml").write_text(
        "".join(
            f"[{label}]\nkind = {json.dumps(row['kind'])}\ncommand = [{json.dumps(row['command'])}]\n"
            f"application_directory = {json.dumps(row['application_directory'])}\n"
            for label, row in {"shell": shell, **(releases or {})}.items()
        )
    )
    (directory / "credentials").write_text(
        "".join(f"[{key}]\naws_access_key_id = {key}\naws_secret_access_key = {SECRET}\n" for key in policies or (KEY,))
    )
    options: dict[str, Any] = {
        "releases": directory / "releases.toml",
        "state-directory": directory / "state",
        "credentials-file": directory / "credentials",
        "port": 0,
        "max-running": max_running,
    }
    if policies is not None:
        (directory / "policies.json").write_text(json.dumps(policies))
        options["policies-file"] = directory / "policies.json"
    with (directory / "server.log").open("w") as log:
        server = subprocess.Popen(
            [PROGRAM, "serve", *(f"--{name}={value}" for name, value in options.items())], stdout=log, stderr=log
        )
    try:
        yield JobServer(endpoint=_endpoint(directory, server), directory=directory, process=psutil.Process(server.pid))
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)
        _end_jobs(directory)


def _endpoint(directory: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        for line in (directory / "server.log").read_text().splitlines():
            if "listening on" in line:
                return line.split()[-1]
        time.sleep(0.05)
    raise RuntimeError(f"The job server did not start: {(directory / 'server.log').read_text()}")


def _end_jobs(directory: Path) -> None:
    for pid in directory.glob("state/attempts/*/*/pid"):
        with suppress(ProcessLookupError, ValueError):
            if not (pid.parent / "exit").exists():
                os.killpg(int(pid.read_text()), signal.SIGKILL)
