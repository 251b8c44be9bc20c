"""The rows that a transfer reads, from the lake or from a database."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from longshore_spark.outcome.datasets import Dataset


@dataclass(frozen=True)
class SourceRows:
    """The rows of a table or query."""

    name: str
    """The source's name in messages and in the result."""
    rows: DataFrame
    partitions: int | None
    """Number of connections that read at the same time; None for the lake."""
    count: Callable[[], int]
    """Counts the rows with a query of its own, in the same state as `rows`."""
    datasets: list[Dataset] = field(default_factory=list)
    """The tables of a database that are read; those of the lake are found by `lake.datasets`."""
    filtered: list[str] = field(default_factory=list)
    """The tables of which row security leaves out rows."""
