"""The numbers of the report of sizes: what tasks and owners were given and used, and what the rest costs. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from longshore_cli.sizing.memory_use import Use, use_of

NO_OWNER = "(no owner)"


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The prices of memory and cores."""

    gib_hour: float = 0.0
    """The price of a GiB for an hour."""
    core_hour: float = 0.0
    currency: str = "USD"

    @property
    def known(self) -> bool:
        """True if there is a price."""
        return self.gib_hour > 0 or self.core_hour > 0

    def of_waste(self, use: Use) -> float:
        """Returns the price of what was given and not used."""
        return use.wasted_memory * self.gib_hour + (use.cores - use.used_cores) * self.core_hour


@dataclass(frozen=True, kw_only=True)
class TaskReport:
    """One task."""

    name: str
    """Its signature."""
    owner: str
    """The owner of its newest run."""
    runs: tuple[Use, ...]
    """The use of each run, the newest last."""
    total: Use
    lacked: int
    """The number of runs that lacked memory."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All tasks of a virtual cluster, those first that waste most memory."""

    tasks: tuple[TaskReport, ...]
    owners: Mapping[str, Use]
    """In the same order."""
    total: Use
    began: float | None
    """The time of the oldest run, in seconds since the epoch; None without runs."""


def report_of(known: Sequence[Mapping[str, Any]]) -> Report:
    """Returns the report.

    Args:
        known: each task, as the job server describes it.
    """
    tasks = sorted((_task(each) for each in known), key=lambda task: (-task.total.wasted_memory, task.name))
    owners: defaultdict[str, Use] = defaultdict(Use)
    for task in tasks:
        owners[task.owner] += task.total
    by_waste = sorted(owners.items(), key=lambda item: (-item[1].wasted_memory, item[0]))
    return Report(
        tasks=tuple(tasks),
        owners=dict(by_waste),
        total=sum((task.total for task in tasks), Use()),
        began=min((run["createdAt"] for each in known for run in each["runs"]), default=None),
    )


def _task(known: Mapping[str, Any]) -> TaskReport:
    runs = tuple(use_of(run) for run in known["runs"])
    return TaskReport(
        name=known["signature"],
        owner=(known["runs"][-1].get("owner") if known["runs"] else None) or NO_OWNER,
        runs=runs,
        total=sum(runs, Use()),
        lacked=sum(run["outcome"]["full"] is not None for run in known["runs"]),
    )
