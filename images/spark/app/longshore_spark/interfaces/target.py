"""The interface to what is written: a table of the lake or of a database."""

from typing import TYPE_CHECKING, Protocol

from longshore_spark.outcome.commits import Commit
from longshore_spark.outcome.datasets import Dataset
from longshore_spark.outcome.results import Side

if TYPE_CHECKING:
    from longshore_spark.interfaces.source_rows import SourceRows


class Target(Protocol):
    """A table that no other transfer writes to."""

    @property
    def committed(self) -> Commit | None:
        """The commit by which this task has already appended its rows; None if it has not."""

    def dataset(self) -> Dataset:
        """Returns the table by its OpenLineage name, once it exists."""

    def write(self, source: "SourceRows") -> tuple[int, Side]:
        """Writes the rows into the table, all at once. Returns the number of rows read, and the table's side."""
