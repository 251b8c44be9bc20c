"""Processes that end with us: whatever we started, and whatever that started, is gone when the block is left."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil

from longshore_cli.exceptions import EmbeddedError

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_GRACE_SECONDS = 15.0


class Processes:
    """The services that were started, in order."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._started: list[tuple[str, subprocess.Popen[bytes], signal.Signals]] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        stop_with: signal.Signals = signal.SIGTERM,
        user: int | None = None,
    ) -> Path:
        """Starts a service in a session of its own.

        Args:
            name: what the log file and messages call it.
            stop_with: the signal that asks it to end.
            user: the user ID to run as, where it is not ours.

        Returns:
            The file that its output goes to.

        Raises:
            EmbeddedError: the program is not there.
        """
        path = self._log_folder / f"{name}.log"
        try:
            with path.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    user=user,
                    group=user,
                    extra_groups=None if user is None else [],
                )
        except OSError as error:
            raise EmbeddedError(
                f"{name} cannot be started ({command[0]!r}: {error.strerror}); run `make init`."
            ) from error
        self._started.append((name, process, stop_with))
        return path

    def check(self) -> None:
        """Checks that every service still runs.

        Raises:
            EmbeddedError: one has ended; the message has the end of its log.
        """
        for name, process, _ in self._started:
            if process.poll() is not None:
                path = self._log_folder / f"{name}.log"
                raise EmbeddedError(
                    f"{name} ended with status {process.returncode}; the end of {str(path)!r}:\n{_tail(path)}"
                )

    def stop(self) -> None:
        """Ends the services, the last one first, then all that is left of what they started."""
        for _name, process, stop_with in reversed(self._started):
            if process.poll() is None:
                process.send_signal(stop_with)
                try:
                    process.wait(timeout=_GRACE_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._started.clear()
        _end_all(psutil.Process().children(recursive=True))


@contextmanager
def supervised(log_folder: Path) -> Iterator[Processes]:
    """Gives a `Processes` that is stopped however the block ends: return, exception, Ctrl-C, SIGTERM or hang-up."""
    _adopt_orphans()
    processes = Processes(log_folder)
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in signals}
    try:
        yield processes
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not cut the cleaning short
        processes.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _adopt_orphans() -> None:
    # What a service leaves behind becomes our child, so that we can find it. Elsewhere than on Linux, what is still
    # a descendant at the end is found.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_all(left: list[psutil.Process]) -> None:
    deadline = time.monotonic() + _GRACE_SECONDS
    for process in left:
        _signal(process, signal.SIGTERM)
    while left and time.monotonic() < deadline:
        _, left = psutil.wait_procs(left, timeout=0.5)
        left = list({*left, *psutil.Process().children(recursive=True)})
    for process in left:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=5)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def service_environment(**changes: str) -> dict[str, str]:
    """Our environment with `changes`."""
    return dict(os.environ) | changes
