"""The memory that one run needed, from its peaks. Pure.

The peak of a heap overstates: a collector that has room lets garbage lie. So the heap that was used counts in part,
and the less of its time the collector took, the smaller the part. What Spark itself held in its unified memory counts
in full. A container needs, beside the heap, what the JVM has elsewhere and its Python processes.

Sources: Spark 4.1, "Tuning: Memory Management" (300 MiB reserved, 0.6 of the rest is unified memory).
"""

from dataclasses import dataclass
from itertools import pairwise

from emr_containers.sizing.profile import Peaks, Work

_RESERVED = 300
_UNIFIED_SHARE = 0.6
_COLLECTION = ((0.0, 0.6), (0.02, 0.7), (0.05, 0.85), (0.1, 1.0), (0.2, 1.4), (1.0, 1.5))
"""The factor of the used heap, by the share of the tasks' time that the collector took; linear in between."""
_JVM_SHARE, _JVM_LEAST = 0.05, 64
"""Native memory that grows with the heap (the collector's own tables), and MiB that every JVM has (stacks)."""
_IDLE_HEAP = 256
"""MiB of heap that an executor uses before its first task."""
_OBJECTS = 4
"""The size of rows as objects by that of the same rows in files and shuffles."""
_HEARTBEAT_MS = 10_000
"""Milliseconds after which each executor has reported its peaks (`spark.executor.heartbeatInterval`)."""
_MIB = 1 << 20
_LARGEST = 1 << 24
"""MiB of the largest peak that is believed, 16 TiB: a damaged log's numbers must not end in an overflow."""


@dataclass(frozen=True, kw_only=True)
class Need:
    """The need of one process and the processes that it started, in MiB."""

    heap: float
    overhead: float | None
    """None: the log does not say."""


def need_of(
    peaks: Peaks, *, given_heap: int, gc_share: float, spilled: bool = False, shared_by: float = 1.0
) -> Need | None:
    """Returns the memory that a process needed; None: the log does not say.

    Args:
        given_heap: the heap that it had, in MiB.
        gc_share: the share of the tasks' time that the collector took.
        spilled: True if Spark wrote to disk what its unified memory did not hold: the heap was not too large.
        shared_by: how many times the unified memory each executor has if there are fewer of them than there were.
    """
    used, unified = _mib(peaks.heap), _mib(peaks.unified)
    if used <= 0:
        return None
    more = unified * max(shared_by - 1.0, 0.0)
    heap = max(_RESERVED + (unified + more) / _UNIFIED_SHARE, used * collection_factor(gc_share) + more)
    if spilled:
        heap = max(heap, given_heap)
    native = _mib(peaks.non_heap) + _mib(peaks.direct) + _mib(peaks.mapped) + _JVM_SHARE * used + _JVM_LEAST
    # The heap's pages are a part of the process's, so what it has beyond the whole heap is certainly something else.
    beyond = _mib(peaks.jvm_rss) - given_heap
    return Need(heap=heap, overhead=max(native, beyond) + _mib(peaks.python_rss) + _mib(peaks.other_rss))


def need_of_short(work: Work, *, cores: int) -> Need | None:
    """Returns the memory that an executor needed whose tasks were too short to be seen; None: they were not short.

    Args:
        work: the tasks of all executors, of a run that completed.
        cores: the number of tasks that ran in one executor at the same time.
    """
    if work.tasks <= 0 or work.longest_ms >= _HEARTBEAT_MS:
        return None
    task = _mib(work.largest_execution_bytes) + _OBJECTS * _mib(work.largest_task_bytes)
    return Need(heap=_RESERVED + _IDLE_HEAP + max(cores, 1) * task / _UNIFIED_SHARE, overhead=None)


def collection_factor(gc_share: float) -> float:
    """Returns the part of the used heap that counts. It grows with the collector's share of the time, from 0 to 1."""
    share = min(max(gc_share, 0.0), 1.0)
    for (low, at_low), (high, at_high) in pairwise(_COLLECTION):
        if share <= high:
            return at_low + (at_high - at_low) * (share - low) / (high - low)
    return _COLLECTION[-1][1]


def _mib(size: int) -> float:
    return min(max(size, 0) / _MIB, float(_LARGEST))
