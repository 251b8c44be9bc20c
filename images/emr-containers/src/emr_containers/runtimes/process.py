"""Job runs as processes of this machine: each attempt a process group of its own that outlives the server.

An attempt has a folder. A small shell (`_LAUNCHER`) writes its process ID there before it starts the job, and
the job's exit status after; the shell that comes second to the file `pid` does nothing. So a server that is
killed at any point may simply start the attempt again: it runs once, and its end is on disk for whoever asks.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.job import Job, Outcome
from emr_containers.runtimes.spark_submit import build_command, log_directory
from emr_containers.settings import Release

# `set -C`: a redirection to a file that exists fails, so that one of two launchers wins. `trap :` lets the shell
# outlive a signal to the group, long enough to write down how the job took it.
_LAUNCHER = """
set -C; { echo "$$" > pid; } 2>/dev/null || exit 0; set +C
trap : TERM INT HUP
out="$1"; shift
"$@" >>"$out/stdout" 2>>"$out/stderr" </dev/null
echo "$?" > exit.new; mv exit.new exit
"""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME", "XDG_CACHE_HOME")
_GRACE_SECONDS = 15.0
_POLL_SECONDS = 0.25


class ProcessRuntime:
    """Runs job runs on this machine."""

    def __init__(self, *, state_directory: Path, default_logs: Path, releases: dict[str, Release]) -> None:
        self._state_directory = state_directory
        self._default_logs = default_logs
        self._releases = releases

    async def start(self, job: Job) -> "ProcessAttempt | Outcome":
        """See `Runtime.start`."""
        return await asyncio.to_thread(self._start, job)

    async def find(self, job: Job) -> "ProcessAttempt | None":
        """See `Runtime.find`."""
        folder = self._folder(job)
        return ProcessAttempt(folder=folder, marker=_marker(job)) if (folder / "pid").exists() else None

    def log_file(self, job: Job, stream: Literal["stdout", "stderr"]) -> Path:
        """See `Runtime.log_file`."""
        return self._logs(job) / stream

    def _logs(self, job: Job) -> Path:
        return log_directory(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=self._default_logs)

    def _folder(self, job: Job) -> Path:
        return self._state_directory / "attempts" / job.id / str(job.attempt)

    def _start(self, job: Job) -> "ProcessAttempt | Outcome":
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            return _refused(f"The release {job.spec['releaseLabel']!r} is not offered by this server any more.")
        try:
            command = build_command(job.spec, release)
            logs = self._logs(job)
            logs.mkdir(parents=True, exist_ok=True)
        except ValidationException as error:
            return _refused(str(error))
        except OSError as error:
            return _refused(f"The log location {error.filename!r} cannot be written: {error.strerror}.")
        folder = self._folder(job)
        folder.mkdir(parents=True, exist_ok=True)
        environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        environment |= release.environment | {"LONGSHORE_TERMINATION_LOG": str(folder / "termination-log")}
        launcher = subprocess.Popen(
            ["/bin/sh", "-c", _LAUNCHER, _marker(job), str(logs), *command],
            cwd=folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # poll() is how a child that has ended leaves the process table.
        return ProcessAttempt(folder=folder, marker=_marker(job), reap=launcher.poll)


def _nothing() -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class ProcessAttempt:
    """An attempt by its folder: started by this server, or by one before it."""

    folder: Path
    marker: str
    """What the launcher is called, so that a process ID used again by the system is not mistaken for it."""
    reap: Callable[[], object] = _nothing

    async def wait(self) -> Outcome:
        """See `Attempt.wait`."""
        while (status := self._exit_status()) is None:
            self.reap()
            if (self.folder / "pid").exists() and not self._alive() and self._exit_status() is None:
                # The launcher itself was killed: what it left behind goes too.
                self._signal(signal.SIGKILL)
                return Outcome(
                    succeeded=False,
                    reason="INTERNAL_ERROR",
                    details="The driver's process was killed together with its launcher, or the machine restarted.",
                )
            await asyncio.sleep(_POLL_SECONDS)
        self.reap()
        return _outcome(status, self._termination_message())

    async def stop(self) -> None:
        """See `Attempt.stop`."""
        self._signal(signal.SIGTERM)
        for _ in range(int(_GRACE_SECONDS / _POLL_SECONDS)):
            await asyncio.sleep(_POLL_SECONDS)
            if self._exit_status() is not None:
                break
        # Whether it went or not: nothing of its group stays.
        self._signal(signal.SIGKILL)

    def _exit_status(self) -> int | None:
        try:
            return int((self.folder / "exit").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _launcher(self) -> int | None:
        try:
            return int((self.folder / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return None  # not written yet

    def _alive(self) -> bool:
        pid = self._launcher()
        if pid is None:
            return True
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and self.marker in process.cmdline()
        except psutil.NoSuchProcess:
            return False

    def _signal(self, number: signal.Signals) -> None:
        pid = self._launcher()
        if pid is None:
            return
        members = [process.pid for process in psutil.process_iter() if _group(process.pid) == pid]
        # The group's ID may be another's by now, unless the launcher or a process that knows its folder is in it.
        if self._alive() or any(_works_in(member, self.folder) for member in members):
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                return

    def _termination_message(self) -> str:
        try:
            return (self.folder / "termination-log").read_text(errors="replace").strip()
        except FileNotFoundError:
            return ""


def _outcome(status: int, message: str) -> Outcome:
    if status == 0:
        return Outcome(succeeded=True, details="")
    if status > 128:  # the shell's way of saying that a signal ended the job
        name = signal.Signals(status - 128).name if status - 128 in list(signal.Signals) else str(status - 128)
        return Outcome(
            succeeded=False,
            reason="INTERNAL_ERROR",
            details=f"The driver was killed by {name}. {message}".strip(),
        )
    details = message or f"The driver exited with status {status} and left no message; see its stderr."
    return Outcome(succeeded=False, reason="USER_ERROR", details=details)


def _refused(details: str) -> Outcome:
    return Outcome(succeeded=False, reason="VALIDATION_ERROR", details=details, retryable=False)


def _marker(job: Job) -> str:
    return f"job-run-{job.id}-attempt-{job.attempt}"


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return psutil.Process(pid).environ().get("LONGSHORE_TERMINATION_LOG") == str(folder / "termination-log")
    except psutil.Error:
        return False
