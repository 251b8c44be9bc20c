"""Sums and peaks that grow with the events of a log, and stay small. Each ends as a part of the profile."""

from dataclasses import dataclass, field

from emr_containers.sizing.event_logs.events import Metrics, TaskEnd
from emr_containers.sizing.profile import Executors, Peaks, Work

_MOST_EXECUTORS = 100_000
"""Executors at the same time that are counted. More are a damaged log's."""


class PeakTotals:
    """The peaks of one process."""

    _NAMES = tuple(Metrics.__struct_fields__)

    def __init__(self) -> None:
        self._largest = [0] * len(self._NAMES)

    def add(self, metrics: Metrics) -> None:
        """Counts one look at the process."""
        largest = self._largest
        for at, name in enumerate(self._NAMES):
            value = getattr(metrics, name)
            if value > largest[at]:
                largest[at] = value

    @property
    def peaks(self) -> Peaks:
        """The peaks so far."""
        return Peaks(**dict(zip(self._NAMES, self._largest, strict=True)))


class WorkTotals:
    """The sums of tasks."""

    __slots__ = ("_sums", "failed", "largest_execution", "largest_task", "longest_ms", "tasks")

    def __init__(self) -> None:
        self.tasks = self.failed = self.longest_ms = self.largest_task = self.largest_execution = 0
        self._sums = [0] * 10

    def add(self, task: TaskEnd, *, failed: bool) -> None:
        """Counts a task that ended."""
        self.tasks += 1
        self.failed += failed
        self.longest_ms = max(self.longest_ms, task.info.finished - task.info.launched)
        metrics = task.metrics
        if metrics is None:
            return
        shuffled = metrics.shuffle_read.remote + metrics.shuffle_read.local
        self.largest_task = max(self.largest_task, metrics.input.read + shuffled)
        self.largest_execution = max(self.largest_execution, metrics.execution)
        sums = self._sums
        for at, value in enumerate(
            (
                metrics.run_ms,
                metrics.cpu_ns,
                metrics.gc_ms,
                metrics.input.read,
                metrics.input.records,
                metrics.output.written,
                shuffled,
                metrics.shuffle_written.written,
                metrics.spilled_memory,
                metrics.spilled_disk,
            )
        ):
            if value > 0:
                sums[at] += value

    @property
    def work(self) -> Work:
        """The sums so far."""
        run_ms, cpu_ns, gc_ms, read, records, written, shuffled, shuffle_written, spilled, disk = self._sums
        return Work(
            tasks=self.tasks,
            failed=self.failed,
            run_ms=run_ms,
            cpu_ms=cpu_ns // 1_000_000,
            gc_ms=gc_ms,
            longest_ms=self.longest_ms,
            input_bytes=read,
            input_records=records,
            output_bytes=written,
            shuffle_read_bytes=shuffled,
            shuffle_written_bytes=shuffle_written,
            spilled_memory_bytes=spilled,
            spilled_disk_bytes=disk,
            largest_task_bytes=self.largest_task,
            largest_execution_bytes=self.largest_execution,
        )


@dataclass
class ExecutorTotals:
    """The executors over time."""

    lost: dict[str, int] = field(default_factory=dict)
    started: int = 0
    most: int = 0
    cores: int = 0
    up_ms: int = 0
    core_ms: int = 0
    cores_now: int = 0
    """The cores of all that run."""
    _alive: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, executor: str, *, time: int, cores: int) -> None:
        """Counts an executor that started."""
        if len(self._alive) >= _MOST_EXECUTORS:
            return
        self.remove(executor, time=time)
        self._alive[executor] = (time, cores)
        self.cores_now += cores
        self.started += 1
        self.most = max(self.most, len(self._alive))
        self.cores = max(self.cores, cores)

    def remove(self, executor: str, *, time: int) -> bool:
        """Counts the time of an executor that ended. Returns False if it was not known."""
        if (known := self._alive.pop(executor, None)) is None:
            return False
        began, cores = known
        self.cores_now -= cores
        self.up_ms += max(time - began, 0)
        self.core_ms += max(time - began, 0) * cores
        return True

    def end(self, *, time: int) -> Executors:
        """Ends all that still run. Returns the executors of the whole application."""
        for executor in [*self._alive]:
            self.remove(executor, time=time)
        return Executors(
            started=self.started,
            most=self.most,
            cores=self.cores,
            up_ms=self.up_ms,
            core_ms=self.core_ms,
            lost=dict(self.lost),
        )
