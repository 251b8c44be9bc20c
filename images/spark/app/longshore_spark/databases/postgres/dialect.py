"""PostgreSQL, as the applications know it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.tables import TablePattern
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.addresses import CONN_TYPES
from longshore_spark.databases.postgres.connecting.connections import parse_connection
from longshore_spark.databases.postgres.explanations import explained
from longshore_spark.databases.postgres.quoting import NAMES
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.dialect import Dialect
from longshore_spark.interfaces.target import Target
from longshore_spark.outcome.leftovers import Leftover

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from longshore_spark.interfaces.copy_source import CopySource
    from longshore_spark.interfaces.source_rows import SourceRows


class PostgresDialect(Dialect):
    """PostgreSQL, from version 14 on."""

    conn_types = CONN_TYPES
    sql = "postgres"
    names = NAMES

    def parse_connection(self, connection_id: str, content: dict[str, Any], certificates: Path) -> JdbcConnection:
        return parse_connection(connection_id, content, certificates)

    def read(
        self, spark: "SparkSession", connection: JdbcConnection, transfer: Transfer, source: Table | Query
    ) -> "AbstractContextManager[SourceRows]":
        from longshore_spark.databases.postgres.reading.reader import rows_of

        return rows_of(spark, connection, transfer, source)

    def copy(
        self, jvm: Any, connection: JdbcConnection, transfer: Transfer, source: Table | Query
    ) -> "AbstractContextManager[CopySource]":
        from longshore_spark.databases.postgres.reading.copying import copied_rows

        return copied_rows(jvm, connection, transfer, source)

    def matching_tables(self, jvm: Any, connection: JdbcConnection, pattern: TablePattern) -> list[str]:
        from longshore_spark.databases.postgres.patterns import matching_tables

        return matching_tables(jvm, connection, pattern)

    def is_too_wide(self, error: Exception) -> bool:
        from longshore_spark.databases.postgres.reading.fetching import is_too_wide

        return is_too_wide(error)

    def target(
        self, spark: "SparkSession", connection: JdbcConnection, transfer: Transfer
    ) -> AbstractContextManager[Target]:
        from longshore_spark.databases.postgres.writing.sink import open_target

        return open_target(spark, connection, transfer)

    def leftovers(self, spark: "SparkSession", connection: JdbcConnection, *, dry_run: bool) -> Iterator[Leftover]:
        from longshore_spark.databases.postgres.writing.leftovers import staging_leftovers

        return staging_leftovers(spark, connection, dry_run=dry_run)

    def explain(self, state: str | None, message: str, shown: str) -> str | None:
        return explained(state, message, shown)
