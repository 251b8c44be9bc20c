"""The plan of the next run's sizes, from the runs before it. Pure: the same history gives the same plan."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emr_containers.sizing.plan.growth import expected_input, exponent_of, growth_factor
from emr_containers.sizing.plan.needs import Need, need_of, need_of_short
from emr_containers.sizing.plan.setbacks import heap_to_keep
from emr_containers.sizing.plan.sizes import Bounds, Plan, Range, Run, Sizes, with_fixed

HISTORY = 10
"""The number of the newest runs that count."""
_MARGINS = (1.3, 1.2, 1.15)
"""The factor over the largest need that the history predicts, by the number of runs; the last one repeats."""
_AFTER_FULL = 1.5
"""The factor of a part of memory whose lack ended the newest run."""
_REMEMBERED = 1.15
"""The factor of a part whose lack ended an earlier one."""
_LEAST_STEP = 0.5
"""The smallest factor from one run to the next."""
_GAIN = 0.1
"""A size that would shrink by less stays."""
_NEW_INPUT = 1.25
"""The factor from which on an input is larger than those of the runs that had executors to spare."""
_UNIT = 32
"""MiB to a multiple of which memory is rounded up."""
_LEAST_HEAP, _LEAST_OVERHEAD = 512, 256
"""MiB below which Spark does not start (it needs 450), or a JVM has no room beside its heap."""


@dataclass(frozen=True)
class _Needed:
    """A part's need for the next run, before its bounds."""

    mib: float | None
    """None: no run says."""
    why: str


def plan_sizes(
    history: Sequence[Run],
    *,
    defaults: Sizes,
    bounds: Bounds = Bounds(),  # noqa: B008  it is frozen
    fixed: Mapping[str, int] | None = None,
    input_bytes: int | None = None,
) -> Plan:
    """Returns the sizes of the next run and the reasons for them.

    Args:
        history: the runs of the same task, the newest last. The newest one's sizes are where the plan begins.
        defaults: the template's sizes, for the first run.
        bounds: the plan's, which the defaults have to keep, too.
        fixed: sizes by the name of their field in `Sizes`, which win over everything.
        input_bytes: the expected input. None: it is taken from the history.

    Raises:
        ValueError: `fixed` has the name of no size.
    """
    runs = history[-HISTORY:]
    before = runs[-1].sizes if runs else defaults
    reasons: dict[str, str] = {}
    expected = input_bytes or expected_input([run.profile.work.input_bytes for run in runs])
    instances = _instances(runs, defaults, bounds.executor_instances, reasons)
    # A run that failed early has used little, and what a run lacked is given to the next one beside what it had.
    least_step = _LEAST_STEP if any(run.completed for run in runs) and runs[-1].full is None else 1.0
    planned: dict[str, int] = {"executor_instances": instances, "executor_cores": max(before.executor_cores, 1)}
    for role, limits in (("executor", bounds.executor_memory), ("driver", bounds.driver_memory)):
        needs = [_need(run, role, instances=instances) for run in runs]
        heap = _part(runs, needs, role, "heap", expected=expected, least=_LEAST_HEAP)
        overhead = _part(runs, needs, role, "overhead", expected=expected, least=_LEAST_OVERHEAD)
        planned |= _fitted(role, before, heap, overhead, limits, reasons, least_step=least_step)
    full = runs[-1].full if runs else None
    if full in ("executor_heap", "executor_overhead") and planned[full] <= getattr(before, full):
        planned["executor_cores"] = max(before.executor_cores // 2, 1)
        if planned["executor_cores"] < before.executor_cores:
            reasons["executor_cores"] = (
                f"executor cores {before.executor_cores} to {planned['executor_cores']}: the memory is at its bound, "
                "so fewer tasks share it"
            )
    given = fixed or {}
    sizes = with_fixed(Sizes(**planned), given)
    shown = [reason for name, reason in reasons.items() if name not in given]
    shown += [f"{_subject(name)} {value}: given" for name, value in sorted(given.items())]
    if not runs:
        shown.append("no earlier run: the template's sizes")
    return Plan(sizes=sizes, reasons=tuple(shown))


def _subject(name: str) -> str:
    return "executors" if name == "executor_instances" else name.replace("_", " ")


def _need(run: Run, role: str, *, instances: int) -> Need | None:
    profile = run.profile
    if role == "driver":
        elapsed = max(profile.ended_ms - profile.began_ms, 1)
        # Without executors, the driver runs the tasks, too.
        local = profile.executors.started == 0
        share = max(profile.driver.gc_ms / elapsed, profile.work.gc_share if local else 0.0)
        spilled = local and profile.work.spilled_disk_bytes > 0
        return need_of(profile.driver, given_heap=run.sizes.driver_heap, gc_share=share, spilled=spilled)
    # The driver's peaks are in the log, so those of executors would be, had they lived long enough.
    if profile.executor.heap <= 0 < profile.driver.heap and profile.executors.started > 0 and run.completed:
        return need_of_short(profile.work, cores=run.sizes.executor_cores)
    return need_of(
        profile.executor,
        given_heap=run.sizes.executor_heap,
        gc_share=profile.work.gc_share,
        spilled=profile.work.spilled_disk_bytes > 0,
        shared_by=max(profile.executors.most, 1) / max(instances, 1),
    )


def _part(
    runs: Sequence[Run], needs: Sequence[Need | None], role: str, part: str, *, expected: int, least: int
) -> _Needed:
    """Returns the need of a role's heap or overhead: the largest that a run predicts, with a margin."""
    name = f"{role}_{part}"
    measured = [
        (run.profile.work.input_bytes, getattr(need, part))
        for run, need in zip(runs, needs, strict=True)
        if need is not None and getattr(need, part) is not None
    ]
    peaks = [(run.profile.work.input_bytes, float(_peak(run, role, part))) for run in runs]
    exponent = exponent_of(peaks)
    margin = _MARGINS[min(len(measured), len(_MARGINS)) - 1]
    predicted = [mib * growth_factor(size, expected=expected, exponent=exponent) for size, mib in measured]
    wanted, why = None, ""
    if predicted:
        wanted = max(max(predicted) * margin, least)
        why = f"{len(predicted)} run(s) needed up to {max(mib for _, mib in measured):.0f} MiB, with a margin"
    for at, run in enumerate(runs):
        if run.full != name:
            continue
        floor = getattr(run.sizes, name) * (_AFTER_FULL if at == len(runs) - 1 else _REMEMBERED)
        if wanted is None or floor > wanted:
            wanted, why = floor, f"a run with {getattr(run.sizes, name)} MiB ended for a lack of it"
    if part == "heap" and (kept := heap_to_keep(runs, role)) is not None and (wanted is None or kept > wanted):
        wanted, why = kept, "with less, its tasks took longer for the same input and collected more garbage"
    return _Needed(wanted, why)


def _peak(run: Run, role: str, part: str) -> int:
    peaks = run.profile.driver if role == "driver" else run.profile.executor
    return peaks.heap if part == "heap" else peaks.python_rss + peaks.direct + peaks.non_heap


def _fitted(
    role: str,
    before: Sizes,
    heap: _Needed,
    overhead: _Needed,
    limits: Range,
    reasons: dict[str, str],
    *,
    least_step: float,
) -> dict[str, int]:
    """Returns heap and overhead within the bounds of their sum."""
    planned: dict[str, int] = {}
    whys: dict[str, str] = {}
    for part, needed in (("heap", heap), ("overhead", overhead)):
        name = f"{role}_{part}"
        had = max(getattr(before, name), 1)
        planned[name], whys[name] = had, needed.why
        if needed.mib is not None:
            size = _rounded(max(needed.mib, had * least_step))
            keeps = needed.mib <= had and size >= had * (1 - _GAIN)
            planned[name] = had if keeps else size
    heap_name, overhead_name = f"{role}_heap", f"{role}_overhead"
    total = planned[heap_name] + planned[overhead_name]
    if total > limits.most:
        whys[heap_name] += f"; the bound is {limits.most} MiB in all"
        # Beyond its container's memory, an executor is killed without a word; with a small heap it says so.
        planned[overhead_name] = min(planned[overhead_name], limits.most // 2)
        planned[heap_name] = limits.most - planned[overhead_name]
    elif total < limits.least:
        whys[heap_name] += f"; the least is {limits.least} MiB in all"
        planned[heap_name] += limits.least - total
    for name, mib in planned.items():
        if mib != getattr(before, name):
            reasons[name] = f"{_subject(name)} {getattr(before, name)} to {mib} MiB: {whys[name].lstrip('; ')}"
    return planned


def _instances(runs: Sequence[Run], defaults: Sizes, limits: Range, reasons: dict[str, str]) -> int:
    """Returns the number of executors: those whose cores were needed at the same time."""
    had = runs[-1].sizes.executor_instances if runs else defaults.executor_instances
    counted = [run for run in runs if run.completed and run.profile.most_tasks > 0 and run.profile.executors.started]
    with_room = [run for run in counted if run.profile.most_tasks < _slots(run)]
    wanted = had
    if counted and counted[-1] in with_room:
        used = max(math.ceil(run.profile.most_tasks / max(run.sizes.executor_cores, 1)) for run in counted)
        if used < had:
            wanted, why = used, "never more than that had a task at the same time"
    elif counted and had < defaults.executor_instances:
        known = max((run.profile.work.input_bytes for run in with_room), default=0)
        if counted[-1].profile.work.input_bytes > known * _NEW_INPUT:
            wanted, why = defaults.executor_instances, "all of them were busy, and the input has grown"
    wanted, asked = limits.clip(wanted), wanted
    if wanted != had:
        bounded = f"; the bounds are {limits.least} and {limits.most}" if asked != wanted else ""
        reason = f"executors {had} to {wanted}: {(why if asked != had else '') + bounded}".replace(": ; ", ": ")
        reasons["executor_instances"] = reason
    return wanted


def _slots(run: Run) -> int:
    return run.sizes.executor_instances * max(run.sizes.executor_cores, 1)


def _rounded(mib: float) -> int:
    return math.ceil(mib / _UNIT) * _UNIT
