"""The processes of one attempt, from this machine's process table."""

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_VARIABLE = "LONGSHORE_TERMINATION_LOG"
"""The variable that all processes of an attempt have: it names a file in the attempt's folder."""
_PART = 64 * 1024
_KILL_SECONDS = 10.0
"""Seconds to wait for a killed process. One that waits for a disk that does not answer may stay for ever."""


@dataclass(frozen=True, kw_only=True)
class ProcessGroup:
    """The launcher of an attempt, and all processes that it and the job have started."""

    folder: Path
    """The attempt's folder."""
    marker: str
    """The launcher's name. By it, another process that has got the same ID is not mistaken for the launcher."""

    def launcher(self) -> int | None:
        """Returns the process ID that the launcher has written down, or the process table's if that was removed."""
        try:
            return int((self.folder / "pid").read_text())
        except (OSError, ValueError):
            return next((process.pid for process in psutil.process_iter() if self._is_launcher(process)), None)

    def alive(self) -> bool:
        """Returns True while the launcher runs."""
        pid = self.launcher()
        if pid is None:
            return False
        try:
            return self._is_launcher(psutil.Process(pid))
        except psutil.Error:
            return False  # it has ended

    def any(self) -> bool:
        """Returns True while any process runs that the launcher or the job has started."""
        # A process of ours stays around a job of another user, whose processes may say anything.
        return any(_is_ours(process) and _runs(process) for process in self._of_the_job())

    def send_signal(self, number: signal.Signals) -> None:
        """Sends a signal to the launcher and all processes that have stayed in its group."""
        pid = self.launcher()
        if pid is None:
            return
        members = [process for process in psutil.process_iter() if _group(process.pid) == pid]
        # Another group may have this ID by now, unless the launcher or a process of the job is in it.
        if self.alive() or any(self._is_of_the_job(member) for member in members):
            with suppress(ProcessLookupError):
                os.killpg(pid, number)

    def kill_strays(self) -> None:
        """Kills processes that have left the group, and waits for their end, so that they write no other message."""
        over = time.monotonic() + _KILL_SECONDS
        # One that forks between the look and its kill leaves a child, which the next look finds.
        while (found := self._of_the_job()) and time.monotonic() < over:
            for process in found:
                with suppress(psutil.Error):
                    process.kill()
            while any(_runs(process) for process in found) and time.monotonic() < over:
                time.sleep(0.01)

    def _is_launcher(self, process: psutil.Process) -> bool:
        try:
            return self.marker in process.cmdline() and _is_ours(process) and _runs(process)
        except psutil.Error:
            return False  # it has ended

    def _of_the_job(self) -> list[psutil.Process]:
        variable = os.fsencode(f"{_VARIABLE}={self._termination_log}")
        # Every end of an attempt looks at all processes of the machine, and psutil needs some time for each.
        found = [_process(pid) for pid in psutil.pids() if variable in _environment(pid)]
        return [process for process in found if process is not None and self._is_of_the_job(process)]

    def _is_of_the_job(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(_VARIABLE) == self._termination_log
        except psutil.Error:
            return False

    @property
    def _termination_log(self) -> str:
        return str(self.folder / "termination-log")


def find_folder(marker: str) -> Path | None:
    """Returns the folder of the attempt that some process of this machine has by `marker`, whichever server began it.

    The folder itself may be gone.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if marker in process.cmdline() and _is_ours(process) and (place := process.environ().get(_VARIABLE)):
                return Path(place).parent
    return None


def _environment(pid: int) -> bytes:
    try:
        descriptor = os.open(f"/proc/{pid}/environ", os.O_RDONLY)
    except OSError:
        return b""  # it has ended, or is another user's
    try:
        content = part = os.read(descriptor, _PART)
        while len(part) == _PART:
            content += (part := os.read(descriptor, _PART))
        return content
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _is_ours(process: psutil.Process) -> bool:
    # Anyone's process may have any name.
    try:
        return bool(process.uids().real == os.getuid())
    except psutil.Error:
        return False


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
