"""The outcome of an engine's work, from which a transfer's result is made."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from longshore_spark.outcome.commits import Commit
from longshore_spark.outcome.datasets import Dataset, Datasets
from longshore_spark.outcome.results import Side


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The rows that were moved; none where this task had committed them before."""

    ready: float
    """The time, by the monotonic clock, at which the engine was ready to read."""
    earlier: Commit | None = None
    """The commit that made all else unnecessary."""
    source: str = ""
    """The source's name."""
    rows_read: int = 0
    sink: Side = field(default_factory=Side)
    partitions: int | None = None
    """Number of connections that have read at the same time; None for the lake."""
    filtered: list[str] = field(default_factory=list)
    """The source's tables of which row security leaves out rows."""
    datasets: Datasets


def named(find: Callable[[], list[Dataset]]) -> list[Dataset]:
    """Returns the datasets; none if they cannot be found, since the transfer itself has succeeded."""
    try:
        return find()
    except Exception as error:  # noqa: BLE001
        print(f"The names of tables are left out of the lineage: {type(error).__name__}.", file=sys.stderr, flush=True)
        return []
