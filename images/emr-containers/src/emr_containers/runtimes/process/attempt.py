"""One attempt as a process group: waiting for its end, and stopping it."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emr_containers.runtimes.failures.driver_failure import driver_failure, killed_by, own_words
from emr_containers.runtimes.failures.log_end import NOTHING, LogEnd, log_end
from emr_containers.runtimes.fence import check_fence
from emr_containers.runtimes.logs.streams import STREAMS, Stream
from emr_containers.runtimes.logs.tails import read_starts, read_tail
from emr_containers.runtimes.outcome import Outcome, Progress, ReportProgress, discard_progress
from emr_containers.runtimes.process.folder_watch import FolderWatch
from emr_containers.runtimes.process.group import ProcessGroup
from emr_containers.runtimes.spark.sql_errors import sql_error_in

_POLL_SECONDS = 0.1
_BEGIN_SECONDS = 0.01
"""Between two looks whether a launcher has begun."""
NOT_BEGUN = 75
"""A launcher's exit status when it has not started the job, and never will."""
LOG_STARTS = "log-starts"
"""The file in an attempt's folder that says where its output begins in the run's log."""
_TOO_LATE = 76
"""A launcher's exit status when its server's lease was over, so that it has started nothing."""
_LONGEST_MESSAGE = 4096
"""The number of bytes read of a termination log, as in Kubernetes."""


_STOPPED = "The driver was told to end."
_KILLED = "The driver's process was killed together with its launcher, or the machine restarted."


def claim_pid_file(folder: Path) -> bool:
    """Creates an attempt's `pid`, so that no launcher can start it any more. Returns False if one has started it.

    Raises:
        OSError: the folder cannot be written to.
    """
    try:
        (folder / "pid").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def has_begun(folder: Path) -> bool:
    """Returns True where a launcher, or the end of the job, has left its mark in an attempt's folder."""
    return (folder / "pid").exists() or (folder / "exit").exists()


def lost(folder: Path, why: str) -> Outcome:
    """Returns the end of an attempt that has begun, or may have, and of which nothing can be known any more.

    It is not repeated: it may have done its work, or do it still.

    Args:
        why: what went, as a sentence.
    """
    details = f"{why} The attempt is lost: it may have done its work, so it is not started again."
    return Outcome(
        succeeded=False, reason="INTERNAL_ERROR", details=details, retryable=False, messages={folder.name: details}
    )


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
    sql_log: Path | None = None
    """The stderr of a SQL script, which contains the reason of a failure. None for other jobs."""
    logs: Path | None = None
    """The folder of the driver's output. None: it is not known to this server."""
    errors: Stream = "stderr"
    """The stream to which the program writes its errors. Spark writes those of a Python driver to its stdout."""
    grace: float = 15.0
    """Seconds between SIGTERM and SIGKILL."""
    folders: FolderWatch
    """The watch over the folders of all attempts."""

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """See `StartedAttempt.wait`."""
        begun = reported = False
        while (status := self._exit_status()) is None:
            if not self.folder.is_dir():
                return await self._lost(f"The attempt's folder {str(self.folder)!r} was removed.")
            launched = self.reap()  # first: an ended launcher has left its mark by now
            begun = begun or self.begun or has_begun(self.folder)
            if begun and not reported:
                # Not earlier: a later server must find the attempt, or know that it is lost.
                await report(Progress(running=True))
                reported = True
            if begun and not self.processes.alive() and self._exit_status() is None and self.folder.is_dir():
                # The launcher itself was killed: the processes that it left behind are killed, too.
                await asyncio.to_thread(self._kill)
                await self._reaped()
                # Nothing of it runs any more, so whoever asked for a second attempt gets one.
                return self._ended_by_force(_KILLED)
            if not begun and launched == _TOO_LATE:
                check_fence()
                # The lease was renewed since: the dispatcher takes the attempt up again.
                raise RuntimeError(f"The launcher in {str(self.folder)!r} came after its lease; it is started again.")
            if not begun and launched == NOT_BEGUN:
                return self._ended_by_force(self._not_begun())
            if not begun and launched is not None:
                return await self._lost("The attempt's launcher was killed as it began, or its mark was removed.")
            await self._launcher_ended(begun=begun)
        if not reported:
            await report(Progress(running=True))
        await self._reaped()
        await asyncio.to_thread(self.processes.kill_strays)  # when the driver ends, its processes end
        if self._was_stopped():
            # A stopped job may exit with status 0, which does not mean that it has done its work.
            return self._ended_by_force(_STOPPED)
        if status == 0:
            return Outcome(succeeded=True, details="")
        return await asyncio.to_thread(self._failed, status)

    async def stop(self) -> None:
        """See `StartedAttempt.stop`."""
        check_fence()
        if await asyncio.to_thread(self._never_begins):
            return
        with suppress(OSError):  # the folder was removed
            (self.folder / "stopped").touch()
        await asyncio.to_thread(self.processes.send_signal, signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.grace):
                # A launcher that got the signal before it set its trap ends without writing a status.
                while self._exit_status() is None and self.processes.alive():
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

    def _ended_by_force(self, why: str) -> Outcome:
        message = self._termination_message()
        details = _STOPPED if self._was_stopped() else f"{why} {message}".strip()
        return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=details, messages={self.folder.name: message})

    def _failed(self, status: int) -> Outcome:
        own = self._termination_message() or self._sql_error()
        if (number := killed_by(status)) is not None:
            details = f"The driver was killed by {number.name}. {own}".strip()
            return Outcome(succeeded=False, reason="INTERNAL_ERROR", details=details, messages={self.folder.name: own})
        end = self._log_end()
        messages = {self.folder.name: own or own_words(end, status=status)}
        details = driver_failure(own, end, status=status, log="stderr")
        return Outcome(succeeded=False, reason="USER_ERROR", details=details, messages=messages)

    def _log_end(self) -> LogEnd:
        if self.logs is None:
            return NOTHING
        starts = read_starts(self.folder / LOG_STARTS)
        streams = sorted(STREAMS, key=lambda stream: stream != self.errors)
        end = log_end({stream: read_tail(self.logs, stream, starts=starts) for stream in streams})
        # Beside its error, the output of a SQL script is rows of tables.
        return end if self.sql_log is None else LogEnd(executors=end.executors)

    def _was_stopped(self) -> bool:
        return (self.folder / "stopped").exists()

    def _not_begun(self) -> str:
        return f"The attempt could not begin: its folder {str(self.folder)!r} cannot be written to."

    def _exit_status(self) -> int | None:
        try:
            return int((self.folder / "exit").read_text())
        except (OSError, ValueError):
            return None

    def _kill(self) -> None:
        self.processes.send_signal(signal.SIGKILL)
        self.processes.kill_strays()

    def _sql_error(self) -> str:
        return "" if self.sql_log is None else sql_error_in(self.sql_log)

    def _termination_message(self) -> str:
        try:
            with (self.folder / "termination-log").open("rb") as file:
                message = file.read(_LONGEST_MESSAGE)
        except OSError:
            return ""  # most jobs leave none, and anything but a file is not a message
        # The job can write anything, and PostgreSQL does not store a NUL.
        return message.decode(errors="replace").replace("\0", "").strip()


async def _readable(descriptor: int, happened: asyncio.Event) -> None:
    """Waits until something can be read from `descriptor`, which sets `happened`, or `happened` is set otherwise."""
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, happened.set)
    try:
        await happened.wait()
    finally:
        loop.remove_reader(descriptor)
