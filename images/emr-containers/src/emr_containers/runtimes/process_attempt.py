"""One attempt as a process group: waits for its end, and ends it."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from emr_containers.runtimes.job import Outcome

_GRACE_SECONDS = 15.0
_POLL_SECONDS = 0.25
_LONGEST_MESSAGE = 4096
"""Bytes read of a termination log (Kubernetes: as many)."""


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

    async def wait(self) -> Outcome:
        """See `Attempt.wait`."""
        while (status := self._exit_status()) is None:
            # A launcher of ours that has ended without `pid` never got to start the job.
            started = self.reap() is not None or (self.folder / "pid").exists()
            if started and not self._alive() and self._exit_status() is None:
                # The launcher itself was killed: what it left behind goes too.
                await asyncio.to_thread(self._signal, signal.SIGKILL)
                await self._reaped()
                return Outcome(
                    succeeded=False,
                    reason="INTERNAL_ERROR",
                    details="The driver's process was killed together with its launcher, or the machine restarted.",
                )
            await asyncio.sleep(_POLL_SECONDS)
        await self._reaped()
        return _outcome(status, self._termination_message())

    async def stop(self) -> None:
        """See `Attempt.stop`."""
        asked = False
        for _ in range(int(_GRACE_SECONDS / _POLL_SECONDS)):
            if not asked and self._launcher() is not None:  # it may not have come to write `pid` yet
                await asyncio.to_thread(self._signal, signal.SIGTERM)
                asked = True
            await asyncio.sleep(_POLL_SECONDS)
            if self._exit_status() is not None:
                break
        # Whether it went or not: nothing of its group stays.
        await asyncio.to_thread(self._signal, signal.SIGKILL)

    async def _reaped(self) -> None:
        while self.reap() is None:  # at once: it was killed, or has nothing left to do
            await asyncio.sleep(0.01)

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

    def _signal(self, number: signal.Signals) -> None:
        pid = self._launcher()
        if pid is None:
            return
        members = [member for member in psutil.pids() if _group(member) == pid]
        # The group's ID may be another's by now, unless the launcher or a process that knows its folder is in it.
        if self._alive() or any(_works_in(member, self.folder) for member in members):
            try:
                os.killpg(pid, number)
            except ProcessLookupError:
                return

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
    if status > 128:  # the shell's way of saying that a signal ended the job
        name = signal.Signals(status - 128).name if status - 128 in list(signal.Signals) else str(status - 128)
        return Outcome(
            succeeded=False,
            reason="INTERNAL_ERROR",
            details=f"The driver was killed by {name}. {message}".strip(),
        )
    details = message or f"The driver exited with status {status} and left no message; see its stderr."
    return Outcome(succeeded=False, reason="USER_ERROR", details=details)


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
