"""The rows that a transfer reads, from the lake or from a database."""

from collections.abc import Callable
from dataclasses import dataclass

from pyspark.sql import DataFrame


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
