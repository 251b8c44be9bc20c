"""Containers of the benchmark: driver and executors in cgroups whose memory the kernel limits, where root runs it.

Elsewhere only the JVMs' heaps are limited. Executors are children of the driver, so they are moved as soon as they are
seen; what one had allocated until then counts for the driver.
"""

import os
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

_V1, _V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
_EXECUTOR = "org.apache.spark.executor.CoarseGrainedExecutorBackend"
_LOOK_SECONDS = 0.05
_MIB = 1 << 20


class Cgroup:
    """A cgroup with a limit of memory."""

    def __init__(self, name: str, *, mib: int) -> None:
        """Raises OSError: this process may not make one."""
        v1 = (_V1 / "memory.limit_in_bytes").exists()
        self.path = (_V1 if v1 else _V2) / f"longshore-bench-{os.getpid()}-{name}"
        self.path.mkdir()
        limit = "memory.limit_in_bytes" if v1 else "memory.max"
        (self.path / limit).write_text(str(mib * _MIB))
        self._events = self.path / ("memory.oom_control" if v1 else "memory.events")

    def add(self, pid: int) -> None:
        """Moves a process into it, with those that it starts from then on."""
        (self.path / "cgroup.procs").write_text(str(pid))

    @property
    def kills(self) -> int:
        """The number of processes that the kernel has killed in it for its limit."""
        counted = dict(line.split() for line in self._events.read_text().splitlines())
        return int(counted.get("oom_kill", 0))

    def remove(self) -> None:
        """Removes it; its processes have ended."""
        with suppress(OSError):
            self.path.rmdir()


class Containers:
    """The containers of one application, as a context: `start` its driver in it."""

    def __init__(self, *, driver_mib: int, executor_mib: int) -> None:
        self._executor_mib, self._executors = executor_mib, dict[int, Cgroup]()
        self._ended = threading.Event()
        self._driver: Cgroup | None = None
        with suppress(OSError):
            self._driver = Cgroup("driver", mib=driver_mib)

    @property
    def limited(self) -> bool:
        """True if the kernel limits them; False: only heaps are limited."""
        return self._driver is not None

    @property
    def driver_killed(self) -> bool:
        """True if the kernel has killed a process of the driver's container."""
        return self._driver is not None and self._driver.kills > 0

    def start(self, command: Sequence[str | Path], **options: object) -> "subprocess.Popen[bytes]":
        """Starts the driver; options as those of `subprocess.Popen`."""
        words = [str(word) for word in command]
        if self._driver is not None:
            words = ["sh", "-c", 'echo $$ > "$0/cgroup.procs"; exec "$@"', str(self._driver.path), *words]
        process = subprocess.Popen(words, **options)  # type: ignore[call-overload]
        if self._driver is not None:
            threading.Thread(target=self._follow, args=(process.pid,), daemon=True).start()
        made: subprocess.Popen[bytes] = process
        return made

    def __enter__(self) -> "Containers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        for cgroup in (*self._executors.values(), *([self._driver] if self._driver else [])):
            cgroup.remove()

    def _follow(self, pid: int) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with suppress(psutil.Error, OSError):
                for process in psutil.Process(pid).children(recursive=True):
                    if process.pid not in self._executors and _EXECUTOR in process.cmdline():
                        cgroup = Cgroup(f"executor-{process.pid}", mib=self._executor_mib)
                        self._executors[process.pid] = cgroup
                        cgroup.add(process.pid)
