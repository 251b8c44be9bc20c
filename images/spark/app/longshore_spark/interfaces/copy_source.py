"""The rows that a transfer reads without Spark: the database sends them to files of the lake."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from longshore_spark.outcome.datasets import Dataset


@dataclass(frozen=True)
class CopiedColumn:
    """A column's type at both ends."""

    kind: str
    """The type in which the database sends it, as `CopyValue` (Java) knows it."""
    type: str
    """Spark's name of the type that a new column of the lake gets; the same as if Spark had read it."""


@dataclass(frozen=True)
class CopySource:
    """The rows of a table or query of a database."""

    name: str
    """The source's name in messages and in the result."""
    columns: dict[str, CopiedColumn]
    partitions: int
    """Number of connections that read at the same time."""
    copy: Callable[[Any, str | None], int]
    """Copies the rows into a `CopiedFiles` (Java), with the key of their commit. Returns their number."""
    datasets: list[Dataset] = field(default_factory=list)
    """The tables that are read."""
    filtered: list[str] = field(default_factory=list)
    """The tables of which row security leaves out rows."""
