"""The profile of an application, folded from its events one by one. Its memory does not grow with the log."""

from collections.abc import Mapping
from functools import singledispatchmethod

from emr_containers.sizing.causes import cause_of, was_released
from emr_containers.sizing.event_logs.events import (
    ApplicationEnd,
    ApplicationStart,
    Environment,
    Event,
    ExecutorAdded,
    ExecutorRemoved,
    JobEnd,
    LogStart,
    Metrics,
    MetricsUpdate,
    StageMetrics,
    TaskEnd,
    TaskStart,
)
from emr_containers.sizing.event_logs.totals import ExecutorTotals, PeakTotals, WorkTotals
from emr_containers.sizing.profile import Cause, Profile, Stage

_DRIVER = "driver"
_STAGES = 256
"""The number of stages that are followed at the same time, and `_SHOWN` the number of those in the profile."""
_SHOWN = 8
SIZE_PROPERTIES = frozenset(
    {
        *(f"spark.{role}.{size}" for role in ("driver", "executor") for size in ("cores", "memory", "memoryOverhead")),
        *(f"spark.{role}.memoryOverheadFactor" for role in ("driver", "executor")),
        *("spark.executor.instances", "spark.executor.pyspark.memory", "spark.kubernetes.memoryOverheadFactor"),
        *("spark.memory.fraction", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size"),
        *("spark.master", "spark.sql.shuffle.partitions", "spark.task.cpus"),
        *(f"spark.dynamicAllocation.{each}" for each in ("enabled", "minExecutors", "maxExecutors")),
    }
)
"""The Spark properties that a profile has."""


class Folding:
    """One application's profile while its events are read."""

    def __init__(self) -> None:
        self._version, self._id = "", ""
        self._began = self._last = 0
        self._complete = False
        self._properties: dict[str, str] = {}
        self._driver, self._executor = PeakTotals(), PeakTotals()
        self._work, self._executors = WorkTotals(), ExecutorTotals()
        self._stages: dict[int, tuple[WorkTotals, PeakTotals]] = {}
        self._failures: dict[str, int] = {}
        self._last_cause: Cause | None = None
        self._failed_by: Cause | None = None
        self._failed_jobs = self._running = self._most_tasks = self._local_cores = 0

    @singledispatchmethod
    def add(self, event: Event) -> None:
        """Counts an event."""
        raise TypeError(f"{type(event).__name__} is no event.")

    @add.register
    def _(self, event: LogStart) -> None:
        self._version = event.version

    @add.register
    def _(self, event: Environment) -> None:
        found = event.properties
        pairs = found.items() if isinstance(found, Mapping) else [pair for pair in found if len(pair) == 2]
        self._properties = {str(key): str(value)[:80] for key, value in pairs if key in SIZE_PROPERTIES}

    @add.register
    def _(self, event: ApplicationStart) -> None:
        self._id = event.id or ""
        self._began = event.time
        self._see(event.time)

    @add.register
    def _(self, event: ApplicationEnd) -> None:
        self._complete = True
        self._see(event.time)

    @add.register
    def _(self, event: ExecutorAdded) -> None:
        self._see(event.time)
        if event.executor == _DRIVER:
            self._local_cores = event.info.cores  # in local mode, the driver is its own executor
        else:
            self._executors.add(event.executor, time=event.time, cores=event.info.cores)

    @add.register
    def _(self, event: ExecutorRemoved) -> None:
        self._see(event.time)
        if self._executors.remove(event.executor, time=event.time) and not was_released(event.reason):
            cause = cause_of(event.reason)
            self._executors.lost[cause] = self._executors.lost.get(cause, 0) + 1

    @add.register
    def _(self, event: StageMetrics) -> None:
        self._look(event.executor, event.metrics, stage=event.stage)

    @add.register
    def _(self, event: MetricsUpdate) -> None:
        for update in event.updates:
            self._look(event.executor, update.metrics, stage=None)

    @add.register
    def _(self, _event: TaskStart) -> None:
        self._running += 1
        # Spark logs the start of the next task of a core before the end of the one before it.
        cores = self._executors.cores_now if self._executors.started else self._local_cores
        self._most_tasks = max(self._most_tasks, min(self._running, cores or self._running))

    @add.register
    def _(self, event: TaskEnd) -> None:
        # A log that was damaged may have lost a start.
        self._running = max(self._running - 1, 0)
        self._see(event.info.finished)
        reason = event.end
        # Killed tasks lost a race against a copy of themselves, or their stage was over.
        failed = reason.reason not in ("Success", "TaskKilled", "TaskCommitDenied", "Resubmitted")
        if failed:
            text = f"{reason.reason} {reason.exception} {reason.description} {reason.loss or ''}"
            self._last_cause = cause = cause_of(text)
            self._failures[cause] = self._failures.get(cause, 0) + 1
        self._work.add(event, failed=failed)
        self._stage(event.stage)[0].add(event, failed=failed)
        if event.peaks is not None:
            self._look(event.info.executor, event.peaks, stage=event.stage)

    @add.register
    def _(self, event: JobEnd) -> None:
        self._see(event.time)
        if event.result.result == "JobFailed":
            self._failed_jobs += 1
            self._failed_by = self._last_cause

    def profile(self, *, unread: int, problems: tuple[str, ...] = ()) -> Profile:
        """Returns the profile of all events so far."""
        return Profile(
            application_id=self._id,
            spark_version=self._version,
            began_ms=self._began,
            ended_ms=self._last,
            complete=self._complete,
            properties=self._properties,
            driver=self._driver.peaks,
            executor=self._executor.peaks,
            work=self._work.work,
            most_tasks=self._most_tasks,
            executors=self._executors.end(time=self._last),
            stages=self._largest(_SHOWN),
            failures=self._failures,
            failed_jobs=self._failed_jobs,
            failed_by=self._failed_by,
            unread=unread,
            problems=problems,
        )

    def _see(self, time: int) -> None:
        self._last = max(self._last, time)

    def _look(self, executor: str, metrics: Metrics, *, stage: int | None) -> None:
        if executor == _DRIVER:
            self._driver.add(metrics)
        else:
            self._executor.add(metrics)
        runs_tasks = executor != _DRIVER or not self._executors.started
        if runs_tasks and stage is not None and stage >= 0:
            self._stage(stage)[1].add(metrics)

    def _stage(self, number: int) -> tuple[WorkTotals, PeakTotals]:
        if (known := self._stages.get(number)) is not None:
            return known
        if len(self._stages) >= _STAGES:
            kept = {stage.number for stage in self._largest(_SHOWN)}
            self._stages = {each: totals for each, totals in self._stages.items() if each in kept}
        self._stages[number] = (WorkTotals(), PeakTotals())
        return self._stages[number]

    def _largest(self, most: int) -> tuple[Stage, ...]:
        stages = [
            Stage(number=number, work=work.work, peaks=peaks.peaks) for number, (work, peaks) in self._stages.items()
        ]
        stages.sort(key=lambda stage: (stage.peaks.unified, stage.work.largest_execution_bytes), reverse=True)
        return tuple(stages[:most])
