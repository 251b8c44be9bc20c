"""One attempt as a process group: waiting for its end, and stopping it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emr_containers.runtimes.fence import check_fence
from emr_containers.runtimes.outcome import Outcome, Progress, ReportProgress, discard_progress
from emr_containers.runtimes.process.failures import STOPPED, DriverOutput, ended_by_force, failed, lost
from emr_containers.runtimes.process.folder_watch import FolderWatch
from emr_containers.runtimes.process.group import ProcessGroup
from emr_containers.runtimes.process.marks import claim_pid_file, exit_status, has_begun, note_stop, was_stopped

_POLL_SECONDS = 0.1
_BEGIN_SECONDS = 0.01
"""Between two looks whether a launcher has begun."""
_NOT_BEGUN = 75
"""A launcher's exit status when it has not started the job, and never will."""
_TOO_LATE = 76
"""A launcher's exit status when its server's lease was over, so that it has started nothing."""
_KILLED = "The driver's process was killed together with its launcher, or the machine restarted."


def _no_launcher() -> int:
    return 0


@dataclass(frozen=True, kw_only=True)
class ProcessAttempt:
    """An attempt, found by its folder, that this server or an earlier one started."""

    folder: Path
    processes: ProcessGroup
    reap: Callable[[], int | None] = _no_launcher
    """Removes an ended launcher from the process table. Returns None while a launcher of this server runs."""
    begun: bool = False
    """True if the attempt is known to have begun, whatever its folder contains by now."""
    output: DriverOutput
    grace: float = 15.0
    """Seconds between SIGTERM and SIGKILL."""
    folders: FolderWatch
    """Watches the folders of all attempts."""

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """See `StartedAttempt.wait`."""
        begun = reported = False
        while (status := exit_status(self.folder)) is None:
            if not self.folder.is_dir():
                return await self._lost(f"The attempt's folder {str(self.folder)!r} was removed.")
            launched = self.reap()  # first: an ended launcher has left its mark by now
            begun = begun or self.begun or has_begun(self.folder)
            if begun and not reported:
                # Not earlier: a later server must find the attempt, or know that it is lost.
                await report(Progress(running=True))
                reported = True
            if begun and not self.processes.alive() and exit_status(self.folder) is None and self.folder.is_dir():
                # The launcher itself was killed: the processes that it left behind are killed, too.
                await asyncio.to_thread(self._kill)
                await self._reaped()
                # Nothing of it runs any more, so whoever asked for a second attempt gets one.
                return ended_by_force(self.folder, _KILLED)
            if not begun and launched == _TOO_LATE:
                check_fence()
                # The lease was renewed since: the dispatcher takes the attempt up again.
                raise RuntimeError(f"The launcher in {str(self.folder)!r} came after its lease; it is started again.")
            if not begun and launched == _NOT_BEGUN:
                return ended_by_force(self.folder, self._not_begun())
            if not begun and launched is not None:
                return await self._lost("The attempt's launcher was killed as it began, or its mark was removed.")
            await self._launcher_ended(begun=begun)
        if not reported:
            await report(Progress(running=True))
        await self._reaped()
        await asyncio.to_thread(self.processes.kill_strays)  # when the driver ends, its processes end
        if was_stopped(self.folder):
            # A stopped job may exit with status 0, which does not mean that it has done its work.
            return ended_by_force(self.folder, STOPPED)
        if status == 0:
            return Outcome(succeeded=True, details="")
        return await asyncio.to_thread(failed, self.folder, status, self.output)

    async def stop(self) -> None:
        """See `StartedAttempt.stop`."""
        check_fence()
        if await asyncio.to_thread(self._never_begins):
            return
        with suppress(OSError):  # the folder was removed
            note_stop(self.folder)
        await asyncio.to_thread(self.processes.send_signal, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.grace):
                # A launcher that got the signal before it set its trap ends without writing a status.
                while exit_status(self.folder) is None and self.processes.alive():
                    await self._launcher_ended(begun=True)
        # Kills what is left, whether or not the launcher has ended.
        await asyncio.to_thread(self._kill)

    def _never_begins(self) -> bool:
        try:
            claimed = claim_pid_file(self.folder)
        except OSError:  # the folder was removed, for example: its processes are found by their marker
            return False
        # The job may run without its mark, if something removed that, perhaps the job itself.
        return claimed and not self.begun and not (self.folder / "exit").exists() and not self.processes.any()

    async def _launcher_ended(self, *, begun: bool) -> None:
        """Waits until the launcher has ended or its folder is removed; for a moment only, if the system cannot tell."""
        if not begun:
            await asyncio.sleep(_BEGIN_SECONDS)
            return
        launcher = self.processes.launcher()
        try:
            ended = None if launcher is None else os.pidfd_open(launcher)
        except (OSError, AttributeError):  # it has ended, too many files are open, or this is not Linux
            ended = None
        try:
            if ended is None or not self.processes.alive():  # the ID may belong to another process by now
                await asyncio.sleep(_POLL_SECONDS)
            else:
                happened = asyncio.Event()
                with self.folders.watched(self.folder, happened):
                    await _readable(ended, happened)
        finally:
            if ended is not None:
                os.close(ended)

    async def _lost(self, why: str) -> Outcome:
        await asyncio.to_thread(self._kill)
        await self._reaped()
        return lost(self.folder, why)

    async def _reaped(self) -> None:
        while self.reap() is None:  # soon: the launcher was killed, or has nothing left to do
            await asyncio.sleep(0.01)

    def _not_begun(self) -> str:
        return f"The attempt could not begin: its folder {str(self.folder)!r} cannot be written to."

    def _kill(self) -> None:
        self.processes.send_signal(signal.SIGKILL)
        self.processes.kill_strays()


async def _readable(descriptor: int, happened: asyncio.Event) -> None:
    """Waits until something can be read from `descriptor`, which sets `happened`, or `happened` is set otherwise."""
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, happened.set)
    try:
        await happened.wait()
    finally:
        loop.remove_reader(descriptor)
