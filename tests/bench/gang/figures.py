"""From the runs to what is printed: a table, and one JSON object. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.api_client import percentile
from bench.gang.manifests import Scheduler
from bench.gang.progress import Progress
from bench.gang.workload import COMPRESSION

PUBLISHED = "YuniKorn's own figures: 204 pods/s on 2,000 nodes of kubemark, and 49 of the default scheduler"
"""Source: https://yunikorn.apache.org/docs/performance/evaluate_perf_function_with_kubemark"""
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of the peak on a number of nodes. Minutes are simulated."""

    nodes: int
    scheduler: Scheduler
    completed: int
    stuck: int
    """Gangs that had a part of what they need when nothing changed any more."""
    waiting: int
    """Other gangs that were not whole when it ended."""
    waits: tuple[float, ...]
    """Minutes of each gang from when it was due until all its executors ran; of one that never was, until the end."""
    minutes: float
    """Minutes of the whole run."""
    node_minutes: float
    peak_nodes: int
    peak_pods: int
    peak_reserved: int
    pods_per_second: float | None = None

    @property
    def mean_wait(self) -> float:
        """In minutes."""
        return sum(self.waits) / len(self.waits)

    @property
    def p99_wait(self) -> float:
        """In minutes."""
        return percentile(self.waits, 0.99)


def outcome(progress: Progress, scheduler: Scheduler, *, nodes: int, pods_per_second: float | None = None) -> Outcome:
    """The figures of a run that is over."""
    gangs = list(progress.gangs.values())
    stuck = sum(gang.half_started for gang in gangs) if progress.dead else 0
    return Outcome(
        nodes=nodes,
        scheduler=scheduler,
        completed=sum(gang.done for gang in gangs),
        stuck=stuck,
        waiting=sum(gang.whole is None for gang in gangs) - stuck,
        waits=tuple(_minutes((progress.now if gang.whole is None else gang.whole) - gang.due) for gang in gangs),
        minutes=_minutes(progress.now),
        node_minutes=_minutes(progress.node_seconds),
        peak_nodes=progress.peak_nodes,
        peak_pods=progress.peak_pods,
        peak_reserved=progress.peak_reserved,
        pods_per_second=pods_per_second,
    )


_ROWS: tuple[tuple[str, Callable[[Outcome], str]], ...] = (
    ("gangs completed", lambda one: f"{one.completed}"),
    ("gangs stuck half-started", lambda one: f"{one.stuck}"),
    ("gangs still waiting", lambda one: f"{one.waiting}"),
    ("wait, mean, minutes", lambda one: f"{_least(one)}{one.mean_wait:.1f}"),
    ("wait, p99, minutes", lambda one: f"{_least(one)}{one.p99_wait:.1f}"),
    ("until all was over or stuck, minutes", lambda one: f"{one.minutes:.0f}"),
    ("node-minutes", lambda one: f"{one.node_minutes:,.0f}"),
    ("nodes at the peak", lambda one: f"{one.peak_nodes:,}"),
    ("pod addresses at the peak", lambda one: f"{one.peak_pods:,}"),
    ("addresses that subnets give for them", lambda one: f"{one.peak_reserved:,}"),
    ("pods/s, in a burst", lambda one: "–" if one.pods_per_second is None else f"{one.pods_per_second:.0f}"),
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Lines with a column for each run."""
    heads = [("nodes", [f"{one.nodes:,}" for one in outcomes]), ("scheduler", [_name(one) for one in outcomes])]
    rows = heads + [(name, [cell(one) for one in outcomes]) for name, cell in _ROWS]
    return "\n".join(f"{name:<38}" + "".join(f"{cell:>14}" for cell in cells) for name, cells in rows)


def summary(outcomes: Sequence[Outcome]) -> Json:
    """The last line: all sizes together, and each by itself. A ratio is YuniKorn ÷ default; None without YuniKorn."""
    sizes = sorted({one.nodes for one in outcomes})
    found = {**_compared(outcomes), "pods_per_second": _rate(outcomes)}
    if not _of(outcomes, Scheduler.YUNIKORN):
        found["yunikorn"] = "not installed"
    return found | {
        "by_nodes": {str(size): _compared([one for one in outcomes if one.nodes == size]) for size in sizes}
    }


def _compared(outcomes: Sequence[Outcome]) -> Json:
    default, yunikorn = (_of(outcomes, scheduler) for scheduler in Scheduler)
    return {
        "default_stuck_gangs": sum(one.stuck for one in default),
        "yunikorn_stuck_gangs": sum(one.stuck for one in yunikorn) if yunikorn else None,
        "node_minutes_ratio": _ratio(yunikorn, default, lambda runs: sum(one.node_minutes for one in runs)),
        "wait_p99_ratio": _ratio(
            yunikorn, default, lambda runs: percentile([wait for one in runs for wait in one.waits], 0.99)
        ),
        "peak_pod_addresses_ratio": _ratio(yunikorn, default, lambda runs: max(one.peak_pods for one in runs)),
    }


def _ratio(
    yunikorn: Sequence[Outcome], default: Sequence[Outcome], measure: Callable[[Sequence[Outcome]], float]
) -> float | None:
    return round(measure(yunikorn) / measure(default), 3) if yunikorn else None


def _rate(outcomes: Sequence[Outcome]) -> float | None:
    """YuniKorn's; without it the default scheduler's."""
    rates: Mapping[Scheduler, float] = {
        one.scheduler: one.pods_per_second for one in outcomes if one.pods_per_second is not None
    }
    rate = rates.get(Scheduler.YUNIKORN, rates.get(Scheduler.DEFAULT))
    return None if rate is None else round(rate, 1)


def _of(outcomes: Sequence[Outcome], scheduler: Scheduler) -> list[Outcome]:
    return [one for one in outcomes if one.scheduler is scheduler]


def _name(one: Outcome) -> str:
    return {Scheduler.DEFAULT: "default", Scheduler.YUNIKORN: "YuniKorn"}[one.scheduler]


def _least(one: Outcome) -> str:
    """A gang that never was whole waits on."""
    return "≥ " if one.completed < len(one.waits) else ""


def _minutes(clock_seconds: float) -> float:
    return clock_seconds * COMPRESSION / 60
