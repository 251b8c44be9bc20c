"""The one interface to a kind of database: all that is its own is behind it (see `databases`)."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from longshore_spark.command_line.grammars import Grammar
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.tables import TablePattern
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.grammar.many_tables import pattern_parts
from longshore_spark.grammar.sql_text import SqlDialect
from longshore_spark.grammar.table_names import DatabaseNames
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.target import Target
from longshore_spark.outcome.leftovers import Leftover

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from longshore_spark.interfaces.copy_source import CopySource
    from longshore_spark.interfaces.source_rows import SourceRows


class Dialect(ABC):
    """The tasks that a kind of database does in its own way.

    Arguments are parsed without Spark, so a dialect imports what needs it only inside the methods that do.
    """

    conn_types: ClassVar[tuple[str, ...]]
    """Airflow's names for this kind of database; messages show the first."""
    sql: ClassVar[SqlDialect]
    """The name of its SQL, as sqlglot has it."""
    names: ClassVar[DatabaseNames]
    """The rules of its names."""

    @property
    def grammar(self) -> Grammar:
        """The grammar of its names and statements."""
        return Grammar(self.sql, self.names.parts, self.names.target, partial(pattern_parts, names=self.names))

    @abstractmethod
    def parse_connection(self, connection_id: str, content: dict[str, Any], certificates: Path) -> JdbcConnection:
        """Returns a connection from Airflow's JSON form.

        Args:
            certificates: the folder of files that connections name without a leading `/`.

        Raises:
            ConnectionSettingsError: it lacks something, or asks for what the driver cannot do.
        """

    @abstractmethod
    def read(
        self, spark: "SparkSession", connection: JdbcConnection, transfer: Transfer, source: Table | Query
    ) -> "AbstractContextManager[SourceRows]":
        """Reads the rows of a table or query, of one state while the block lasts, each value exactly."""

    @abstractmethod
    def copy(
        self, jvm: Any, connection: JdbcConnection, transfer: Transfer, source: Table | Query
    ) -> "AbstractContextManager[CopySource]":
        """Reads as `read`, without Spark: the same columns and values.

        Args:
            jvm: by py4j; there is no Spark session yet.

        Raises:
            EngineError: only Spark reads this kind of database.
        """

    @abstractmethod
    def matching_tables(self, jvm: Any, connection: JdbcConnection, pattern: TablePattern) -> list[str]:
        """Returns the names of the tables that match, as users write them, in their order.

        Raises:
            SourceError: no table matches.
        """

    @abstractmethod
    def is_too_wide(self, error: Exception) -> bool:
        """Returns True if reading failed because one round trip's rows did not fit into memory."""

    @abstractmethod
    def target(
        self, spark: "SparkSession", connection: JdbcConnection, transfer: Transfer
    ) -> AbstractContextManager[Target]:
        """Opens the transfer's target, which no other transfer writes to while the block lasts."""

    @abstractmethod
    def leftovers(self, spark: "SparkSession", connection: JdbcConnection, *, dry_run: bool) -> Iterator[Leftover]:
        """Removes what killed transfers have left in the database, or with `dry_run` only lists it."""

    @abstractmethod
    def explain(self, state: str | None, message: str, shown: str) -> str | None:
        """Returns a sentence about an error that a driver raised; None if the message alone says enough.

        Args:
            state: its SQLSTATE; None where it has none.
            shown: the message as users see it, on one line.
        """
