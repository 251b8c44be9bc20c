"""The profile of one run of a Spark application: what it was given, and what it used of it. Pure.

A profile is small, whatever the size of the event log that it comes from. Sizes are bytes and times milliseconds,
as in the log. Zero also stands for what the log does not say: a JVM's peaks need
`spark.eventLog.logStageExecutorMetrics`, and those of other processes `spark.executor.processTreeMetrics.enabled`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Cause = Literal["heap", "container", "python", "crash", "fetch", "other"]
"""The cause of a failure: a JVM's heap was full, the container's limit was hit, Python had no memory, a Python worker
ended without a word (perhaps for a lack of memory), a shuffle's files were gone, or anything else."""
MEMORY_CAUSES: frozenset[Cause] = frozenset({"heap", "container", "python"})


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """The largest values of one process and the processes that it started. Source: Spark 4.1, ExecutorMetricType."""

    heap: int = 0
    """Used heap, garbage included: a collector that has room leaves it there."""
    non_heap: int = 0
    """Classes and compiled code of the JVM."""
    unified: int = 0
    """Spark's execution and storage memory on the heap."""
    storage: int = 0
    """The part of it that holds cached and broadcast data."""
    off_heap_unified: int = 0
    direct: int = 0
    mapped: int = 0
    jvm_rss: int = 0
    python_rss: int = 0
    """All Python processes together."""
    other_rss: int = 0
    gc_ms: int = 0


@dataclass(frozen=True, kw_only=True)
class Work:
    """The tasks of an application, or of one of its stages."""

    tasks: int = 0
    failed: int = 0
    run_ms: int = 0
    cpu_ms: int = 0
    gc_ms: int = 0
    longest_ms: int = 0
    input_bytes: int = 0
    input_records: int = 0
    output_bytes: int = 0
    shuffle_read_bytes: int = 0
    shuffle_written_bytes: int = 0
    spilled_memory_bytes: int = 0
    spilled_disk_bytes: int = 0
    largest_task_bytes: int = 0
    """Input and shuffle that one task read."""
    largest_execution_bytes: int = 0
    """The execution memory of one task."""

    @property
    def skew(self) -> float:
        """The longest task's time by the mean's; 1.0 without tasks."""
        return self.longest_ms * self.tasks / self.run_ms if self.run_ms and self.tasks else 1.0

    @property
    def gc_share(self) -> float:
        """The share of the tasks' time in which the collector ran, from 0 to 1."""
        return min(self.gc_ms / self.run_ms, 1.0) if self.run_ms else 0.0


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage that needed much memory."""

    number: int
    work: Work = Work()
    peaks: Peaks = Peaks()
    """The peaks of its executors; those of each kind may be of different ones."""


@dataclass(frozen=True, kw_only=True)
class Executors:
    """The executors of an application over its time. The driver is none, also where it runs the tasks."""

    started: int = 0
    most: int = 0
    """The largest number at the same time."""
    cores: int = 0
    """The cores of the largest one."""
    up_ms: int = 0
    """The sum of their times."""
    core_ms: int = 0
    """The same times their cores."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """The number of executors that ended before the application and were not released, by cause."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One run of an application."""

    application_id: str = ""
    spark_version: str = ""
    began_ms: int = 0
    """Milliseconds since the epoch; `ended_ms` is the time of the last event."""
    ended_ms: int = 0
    complete: bool = False
    """True if the application ended by itself. False: the log ends earlier; its driver may have been killed."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """The Spark properties of its sizes, and no other: a property may hold a secret."""
    driver: Peaks = Peaks()
    executor: Peaks = Peaks()
    """The peaks of its executors, by kind; each may be of a different one."""
    work: Work = Work()
    most_tasks: int = 0
    """The largest number of tasks that ran at the same time."""
    executors: Executors = Executors()
    stages: tuple[Stage, ...] = ()
    """The ones with the largest peaks, those first."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """The number of failed tasks, by cause."""
    failed_jobs: int = 0
    failed_by: Cause | None = None
    """The cause of the last task's failure before the last job failed. None: no job failed, or by no task."""
    unread: int = 0
    """The number of the log's lines that could not be read: cut off, too long, or no event of Spark's."""
    problems: tuple[str, ...] = ()
    """Sentences about parts of the log that could not be read."""

    @property
    def busy_share(self) -> float:
        """The share of the executors' cores that ran tasks, from 0 to 1; 0 without executors."""
        return min(self.work.run_ms / self.executors.core_ms, 1.0) if self.executors.core_ms else 0.0

    @property
    def lacked_memory(self) -> bool:
        """True if a task failed or an executor was lost for a lack of memory."""
        return any(cause in MEMORY_CAUSES for cause in (*self.failures, *self.executors.lost))
