"""Plans that did worse. Pure. A heap is not tried again with which tasks took longer and collected more garbage."""

from collections.abc import Sequence
from statistics import median

from emr_containers.sizing.plan.sizes import Run

_SLOWER = 1.25
"""The factor of the tasks' time for the same input from which on a run did worse."""
_MORE_COLLECTION = 0.05
"""The share of the tasks' time by which the collector must have taken more: slow disks are not the heap's fault."""


def heap_to_keep(runs: Sequence[Run], role: str) -> int | None:
    """Returns the heap, in MiB, that a role must not go below; None: no run with less did worse.

    Args:
        runs: the newest last.
        role: `executor` or `driver`.
    """
    name = f"{role}_heap"
    kept: list[int] = []
    for at, run in enumerate(runs):
        mib: int = getattr(run.sizes, name)
        larger = [other for other in runs[:at] if getattr(other.sizes, name) > mib and _measured(other)]
        if _measured(run) and larger and _worse(run, larger):
            kept.append(min(getattr(other.sizes, name) for other in larger))
    return max(kept, default=None)


def _measured(run: Run) -> bool:
    work = run.profile.work
    return run.completed and work.input_bytes > 0 and work.run_ms > 0


def _worse(run: Run, others: Sequence[Run]) -> bool:
    time = median(_time_for_input(other) for other in others)
    collection = median(other.profile.work.gc_share for other in others)
    return _time_for_input(run) > time * _SLOWER and run.profile.work.gc_share > collection + _MORE_COLLECTION


def _time_for_input(run: Run) -> float:
    return run.profile.work.run_ms / run.profile.work.input_bytes
