"""Processes that end with us: when the block ends, so have all programs started in it, and their children."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psutil

from longshore_cli.exceptions import EmbeddedError

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 1, 36, 37  # linux/prctl.h
GRACE = 15.0
"""Seconds between the signal that asks a service to end and SIGKILL."""
_LOOK_SECONDS = 0.2
"""Seconds between two looks at a service that ends."""


@dataclass(frozen=True)
class _Service:
    """A service that was started."""

    name: str
    process: subprocess.Popen[bytes]
    stop_with: signal.Signals
    is_over: Callable[[psutil.Process], bool] | None


class Processes:
    """The services that were started, in order."""

    def __init__(self, log_folder: Path, *, grace: float = GRACE) -> None:
        self._log_folder, self._grace = log_folder, grace
        # The program that called us may have left us children of its own.
        self._others = frozenset(psutil.Process().children())
        self._started: list[_Service] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        stop_with: signal.Signals = signal.SIGTERM,
        is_over: Callable[[psutil.Process], bool] | None = None,
        user: int | None = None,
    ) -> Path:
        """Starts a service in a session of its own.

        Args:
            name: what the log file and messages call it.
            environment: more variables than ours.
            stop_with: the signal that asks it to end.
            is_over: returns True once the service, after that signal, has nothing left to do but to end; then it is
                killed. None: it ends by itself.
            user: the user ID to run as; None for our own.

        Returns:
            The file with its output.

        Raises:
            EmbeddedError: the program is missing.
        """
        path = self._log_folder / f"{name}.log"
        try:
            with path.open("wb") as output:
                process = subprocess.Popen(
                    command,
                    env={**os.environ, **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_dying_with_us(stop_with),
                    user=user,
                    group=user,
                    extra_groups=None if user is None else [],
                )
        except OSError as error:
            raise EmbeddedError(
                f"{name} cannot be started ({command[0]!r}: {error.strerror}); run `make init`."
            ) from error
        self._started.append(_Service(name, process, stop_with, is_over))
        return path

    def check(self) -> None:
        """Checks that every service still runs.

        Raises:
            EmbeddedError: a service has ended; the message has the last lines of its log.
        """
        for service in self._started:
            if service.process.poll() is not None:
                path = self._log_folder / f"{service.name}.log"
                raise EmbeddedError(
                    f"{service.name} ended with status {service.process.returncode}; the last lines of {str(path)!r}:\n"
                    f"{_tail(path)}"
                )

    def reap(self) -> None:
        """Removes ended orphans that became our children from the process table."""
        services = {service.process.pid for service in self._started}
        for child in self._children():
            if child.pid not in services and _is_zombie(child):
                with suppress(ChildProcessError):
                    os.waitpid(child.pid, os.WNOHANG)

    def stop(self) -> None:
        """Ends the services, the last one first, then all processes that they left behind."""
        for service in reversed(self._started):
            if service.process.poll() is None:
                service.process.send_signal(service.stop_with)
                self._wait(service)
        self._started.clear()
        self._end_the_rest()

    def _wait(self, service: _Service) -> None:
        deadline = time.monotonic() + self._grace
        while time.monotonic() < deadline:
            with suppress(subprocess.TimeoutExpired):
                service.process.wait(timeout=_LOOK_SECONDS)
                return
            with suppress(psutil.NoSuchProcess):
                parent = psutil.Process(service.process.pid)
                if service.is_over is not None and service.is_over(parent):
                    for child in parent.children(recursive=True):
                        _signal(child, signal.SIGKILL)
                    break
        service.process.kill()
        service.process.wait()

    def _children(self) -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if child not in self._others]

    def _end_the_rest(self) -> None:
        # The list is read again each time: a process that ends may leave others behind.
        deadline = time.monotonic() + self._grace
        asked: set[psutil.Process] = set()
        while (left := self._descendants()) and time.monotonic() < deadline:
            for process in left - asked:
                _signal(process, signal.SIGTERM)
            asked |= left
            psutil.wait_procs(list(left), timeout=0.5)
        for process in left:
            _signal(process, signal.SIGKILL)
        psutil.wait_procs(list(left), timeout=5)

    def _descendants(self) -> set[psutil.Process]:
        found = set(self._children())
        for child in list(found):
            with suppress(psutil.NoSuchProcess):
                found.update(child.children(recursive=True))
        return found


@contextmanager
def supervised(log_folder: Path, *, grace: float = GRACE) -> Iterator[Processes]:
    """Yields a `Processes`, and stops it at the block's end: return, exception, Ctrl-C, SIGTERM or hang-up.

    Args:
        log_folder: the folder for the services' output.
        grace: seconds between the signal that asks a service to end and SIGKILL.
    """
    processes = Processes(log_folder, grace=grace)
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in signals}
    with _adopting_orphans():
        try:
            yield processes
        finally:
            for number in signals:
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the cleanup
            processes.stop()
            for number, handler in before.items():
                signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _dying_with_us(number: signal.Signals) -> Callable[[], None] | None:
    # SIGKILL (from the out-of-memory killer, for example) leaves us no time to stop anything: the kernel then signals
    # each service. On other systems than Linux they stay.
    if sys.platform != "linux":
        return None
    prctl, us = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != us:
            os._exit(1)  # we ended before the call

    return ask


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    # Processes that a service leaves behind become our children, so that we can find them. On other systems than
    # Linux only those are found that are still descendants at the end.
    if sys.platform != "linux":
        yield
        return
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    before = ctypes.c_int()
    prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def has_children(process: psutil.Process) -> bool:
    """Returns True if a process has started others that still run."""
    try:
        return not all(map(_is_zombie, process.children()))
    except psutil.NoSuchProcess:
        return False


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that no program listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _tail(path: Path, lines: int = 15) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
