"""Cancels and tags job runs in a process of its own, for listeners: `python -m longshore.plugins.leftovers`.

Neither a user's request nor the scheduler's loop may wait for the API. A thread would not make them wait, but the
scheduler's executor forks its workers at any time. A lock that a thread holds at that moment (an import's, OpenSSL's)
stays locked in the worker for good, and its task hangs. A process that is started by `exec` shares no lock.

It reads one `Leftover` a line, as JSON, and ends when its standard input does.
"""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

log = logging.getLogger(__name__)
_PATIENCE = 900.0
"""Seconds of retries while the API is unavailable. Others wait behind it, for one of four threads."""


class Leftover(TypedDict):
    """One job run whose task has ended."""

    virtual_cluster_id: str
    aws_conn_id: str | None
    job_run_id: str | None
    """None where only its name is known: all unfinished job runs of this name are cancelled."""
    name: str | None
    succeeded: bool
    """True if the job run is also tagged, as that of an append whose task has succeeded."""


class LeftoversProcess:
    """The process that cancels, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = (
            threading.Lock()
        )  # the API server calls from many threads; the scheduler forks in the one that calls
        self._process: subprocess.Popen[str] | None = None

    def send(self, leftovers: Iterable[Leftover]) -> None:
        """Hands job runs over; returns at once."""
        text = "".join(f"{json.dumps(leftover)}\n" for leftover in leftovers)
        if not text:
            return
        with self._lock:
            try:
                _write(self._running(), text)
            except OSError:  # it was killed
                self._process = None
                _write(self._running(), text)

    def wait(self) -> None:
        """Waits until everything that was handed over is done, and ends the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _running(self) -> IO[str]:
        if self._process is None or self._process.poll() is not None:
            command = [sys.executable, "-m", __name__]
            # Not in our process group: what ends us does not keep it from what it was given.
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  it is a pipe
        return stdin


def _write(stdin: IO[str], text: str) -> None:
    stdin.write(text)
    stdin.flush()


def _end(leftover: Leftover) -> None:
    from longshore.submission.commit import record_success
    from longshore.waiting.cancellation import cancel_retrying

    def make_hook() -> "EmrContainersHook":
        from longshore.hooks.emr_containers import EmrContainersHook

        return EmrContainersHook(leftover["aws_conn_id"], virtual_cluster_id=leftover["virtual_cluster_id"])

    job_run_id, name = leftover["job_run_id"], leftover["name"]
    try:
        if leftover["succeeded"] and job_run_id:
            record_success(job_run_id, make_hook, log=log)
        cancel_retrying(job_run_id, make_hook, patience=_PATIENCE, log=log, name=name)
    except Exception:
        log.exception("The job run %s may go on", job_run_id or name)  # the thread's result is never read


def main() -> None:
    """Does what comes on standard input, four job runs at a time, until its end."""
    from airflow import settings

    settings.initialize()  # type: ignore[no-untyped-call]  # the connections are in Airflow's database
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True)
    with ThreadPoolExecutor(4, "longshore-leftovers") as threads:
        for line in sys.stdin:
            threads.submit(_end, json.loads(line))


if __name__ == "__main__":
    main()
