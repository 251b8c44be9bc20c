"""The time that a job waits for a standby when the dispatching server is lost without a word."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import start_postgres

from bench.api_client import ApiClient
from bench.job_server import KEY, SECRET

_SECONDS = 60.0
_LEADS = 'event="dispatching begins"'


def takeover(directory: Path, *, say: Callable[[str], None]) -> dict[str, float]:
    """Seconds from the loss of the leader to the first line of a job that the standby starts.

    The leader is stopped by SIGSTOP: as with a host that vanishes, its connections stay open.
    """
    directory.mkdir()
    with supervised(directory) as processes:
        postgres = start_postgres(processes, directory / "data")
        postgres.ensure_database("takeover", password=SECRET)
        url = f"postgresql+psycopg://takeover:{SECRET}@{postgres.host}:{postgres.port}/takeover"
        with _server(directory / "leader", url) as (leader, _), _server(directory / "standby", url) as (_, port):
            client = ApiClient(f"http://127.0.0.1:{port}")
            cluster = client.create_virtual_cluster()
            out = directory / "out"
            began = time.monotonic()
            leader.send_signal(signal.SIGSTOP)
            client.start(cluster, "count.sh", str(out))
            _until(out.exists)
            seconds = time.monotonic() - began
    say(f"a standby started a job {seconds:.1f} s after the leader was lost")
    return {"takeover_s": round(seconds, 1)}


@contextmanager
def _server(directory: Path, url: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A server whose jobs are processes, and which may be a standby, as one in a cluster may."""
    directory.mkdir()
    (directory / "count.sh").write_text('echo >> "$1"\n')
    (directory / "releases.toml").write_text(
        '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "."\n'
    )
    (directory / "credentials").write_text(f"[default]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "faults.server.dying", "never", str(directory), str(port), "2", url]
    log = directory / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(words, stdout=output, stderr=output, env=os.environ | {"STANDBY": "yes"})
    try:
        _until(lambda: _LEADS in log.read_text() or "is a standby" in log.read_text())
        yield server, port
    finally:
        server.kill()
        server.wait()


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError("No standby took over.")
        time.sleep(0.01)
