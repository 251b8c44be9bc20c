"""From what was measured to what is printed. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

_MIB = 2**20


@dataclass(frozen=True, kw_only=True)
class Measured:
    """All times, in seconds, and what pods have of memory, in MiB."""

    ready: Sequence[float]
    pushed: Sequence[float]
    woken: Sequence[float]
    idle_mib: float
    sleeping_mib: float


def working_set(summaries: Iterable[Mapping[str, Any]], *, namespace: str) -> float:
    """Returns the memory of all pods of a namespace that cannot be taken back, in MiB.

    Args:
        summaries: what each node's kubelet says at `/stats/summary`.
    """
    return sum(
        int((pod.get("memory") or {}).get("workingSetBytes", 0)) / _MIB
        for summary in summaries
        for pod in summary["pods"]
        if pod["podRef"]["namespace"] == namespace
    )


def summary(measured: Measured) -> dict[str, float]:
    """The last line."""
    return {
        "ready_s": round(median(measured.ready), 1),
        "push_to_parsed_s": round(median(measured.pushed), 1),
        "wake_s": round(median(measured.woken), 1),
        "idle_mib": round(measured.idle_mib),
        "sleeping_mib": round(measured.sleeping_mib),
    }


def lines(measured: Measured) -> list[str]:
    """Each single time, for those who ask how far they lie apart."""
    return [
        f"{what:<46}{'  '.join(f'{each:.1f}' for each in times)}"
        for what, times in (
            ("from the object to the DAGs at the address, s", measured.ready),
            ("from the push to the parsed DAG, s", measured.pushed),
            ("from the wish to wake to the address, s", measured.woken),
        )
    ]
