"""One attempt as a process group: waits for its end, and ends it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from emr_containers.runtimes.outcome import Outcome, Progress, Tell, tell_nobody
from emr_containers.runtimes.sql_errors import sql_error_in

_GRACE_SECONDS = 15.0
_POLL_SECONDS = 0.1
_LONGEST_MESSAGE = 4096
"""Bytes read of a termination log (Kubernetes: as many)."""


_STOPPED = "The driver was told to end."
_LOST = "The driver's process was killed together with its launcher, or the machine restarted."


def claim(folder: Path) -> bool:
    """Takes the place of an attempt's `pid`, so that no launcher can begin it any more; False if one has begun.

    Raises:
        OSError: the folder cannot be written to.
    """
    try:
        (folder / "pid").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _no_launcher() -> int:
    return 0


@dataclass(frozen=True, kw_only=True)
class ProcessAttempt:
    """An attempt by its folder: started by this server, or by one before it."""

    folder: Path
    marker: str
    """What the launcher is called, so that a process ID used again by the system is not mistaken for it."""
    reap: Callable[[], int | None] = _no_launcher
    """Takes an ended launcher off the process table; None while one that this server started runs."""
    sql_log: Path | None = None
    """The stderr of a SQL script, which says there why it failed; None for another job."""

    async def wait(self, tell: Tell = tell_nobody) -> Outcome:
        """See `Attempt.wait`."""
        await tell(Progress(running=True))
        while (status := self._exit_status()) is None:
            # A launcher of ours that has ended without `pid` never got to start the job.
            begun = (self.folder / "pid").exists()
            if (begun or self.reap() is not None) and not self._alive() and self._exit_status() is None:
                # The launcher itself was killed: what it left behind goes too.
                await asyncio.to_thread(self._kill)
                await self._reaped()
                details = _LOST if begun else self._not_begun()
                return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=_STOPPED if self._told() else details)
            await self._launcher_ended()
        await self._reaped()
        await asyncio.to_thread(self._kill_strays)  # the group of processes has ended with the driver
        if self._told():
            # How a job takes a signal, by exit status 0 perhaps, does not say that it has done its work.
            return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=_STOPPED)
        return _outcome(status, self._termination_message() or self._sql_error())

    async def stop(self) -> None:
        """See `Attempt.stop`."""
        if await asyncio.to_thread(claim, self.folder):
            return  # it has not begun, and will not
        (self.folder / "stopped").touch()
        await asyncio.to_thread(self._signal_group, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                # A launcher that the signal met before its trap was set is gone without a word.
                while self._exit_status() is None and self._alive():
                    await self._launcher_ended()
        # Whether it went or not: nothing of it stays.
        await asyncio.to_thread(self._kill)

    async def _launcher_ended(self) -> None:
        """Until the launcher has ended; where the system cannot tell, or there is none yet, for a moment."""
        launcher = self._launcher()
        try:
            ended = None if launcher is None else os.pidfd_open(launcher)
        except (OSError, AttributeError):  # it is gone, there are too many open files, or this is not Linux
            ended = None
        try:
            if ended is None or not self._alive():  # the ID may be another's by now
                await asyncio.sleep(_POLL_SECONDS)
            else:
                await _readable(ended)
        finally:
            if ended is not None:
                os.close(ended)

    async def _reaped(self) -> None:
        while self.reap() is None:  # at once: it was killed, or has nothing left to do
            await asyncio.sleep(0.01)

    def _told(self) -> bool:
        return (self.folder / "stopped").exists()

    def _not_begun(self) -> str:
        return f"The attempt could not begin: its folder {str(self.folder)!r} cannot be written to."

    def _exit_status(self) -> int | None:
        try:
            return int((self.folder / "exit").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _launcher(self) -> int | None:
        try:
            return int((self.folder / "pid").read_text())
        except (FileNotFoundError, ValueError):
            return None  # not written yet, or lost when the machine went down

    def _alive(self) -> bool:
        pid = self._launcher()
        if pid is None:
            return False
        try:
            process = psutil.Process(pid)
            return process.status() != psutil.STATUS_ZOMBIE and self.marker in process.cmdline()
        except psutil.Error:
            return False  # gone, or of another user and so not ours

    def _kill(self) -> None:
        self._signal_group(signal.SIGKILL)
        self._kill_strays()

    def _kill_strays(self) -> None:
        for process in psutil.process_iter():
            if self._is_of_the_job(process):
                with suppress(psutil.Error):
                    process.kill()

    def _signal_group(self, number: signal.Signals) -> None:
        pid = self._launcher()
        if pid is None:
            return
        members = [process for process in psutil.process_iter() if _group(process.pid) == pid]
        # The group's ID may be another's by now, unless the launcher or a process of the job is in it.
        if self._alive() or any(self._is_of_the_job(member) for member in members):
            with suppress(ProcessLookupError):
                os.killpg(pid, number)

    def _is_of_the_job(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get("LONGSHORE_TERMINATION_LOG") == str(self.folder / "termination-log")
        except psutil.Error:
            return False

    def _sql_error(self) -> str:
        return "" if self.sql_log is None else sql_error_in(self.sql_log)

    def _termination_message(self) -> str:
        try:
            with (self.folder / "termination-log").open("rb") as file:
                message = file.read(_LONGEST_MESSAGE)
        except OSError:
            return ""  # most jobs leave none, and what a job made in its place is no message
        # The job wrote it: PostgreSQL, for one, does not store a NUL.
        return message.decode(errors="replace").replace("\0", "").strip()


def _outcome(status: int, message: str) -> Outcome:
    if status == 0:
        return Outcome(succeeded=True, details="")
    if status - 128 in list(signal.Signals):  # the shell's way of saying that a signal ended the job
        name = signal.Signals(status - 128).name
        return Outcome(
            succeeded=False,
            reason="INTERNAL_ERROR",
            details=f"The driver was killed by {name}. {message}".strip(),
        )
    details = message or f"The driver exited with status {status} and left no message; see its stderr."
    return Outcome(succeeded=False, reason="USER_ERROR", details=details)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    happened = asyncio.Event()
    loop.add_reader(descriptor, happened.set)
    try:
        await happened.wait()
    finally:
        loop.remove_reader(descriptor)


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
