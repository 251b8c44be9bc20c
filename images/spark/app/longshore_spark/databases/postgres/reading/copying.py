"""Reads a table or query of PostgreSQL by binary COPY, without Spark: the same state and values as by Spark."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from py4j.protocol import Py4JJavaError

from longshore_spark.command_line.column_options import NO_OPTION
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.quoting import quoted
from longshore_spark.databases.postgres.reading.opened import OpenSource, opened_source
from longshore_spark.databases.postgres.reading.read_expressions import V, copying
from longshore_spark.exceptions import SourceError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.copy_source import CopiedColumn, CopySource
from longshore_spark.jdbc.sessions import driver_properties
from longshore_spark.spark.java_errors import throwables

_OOM = "OutOfMemoryError"
_TOO_LARGE = (
    "A row of the source (connection {0!r}) does not fit into the memory of the job; give it more "
    '(spark_resources={{"driver_memory": "4g"}}), or leave the wide column out.'
)


@contextmanager
def copied_rows(
    jvm: Any, connection: JdbcConnection, transfer: Transfer, source: Table | Query
) -> Iterator[CopySource]:
    """Opens a table or query; all rows that are copied until the block ends are of one state.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SourceError: the table or a column is missing, or cannot be read exactly.
    """
    with opened_source(Jdbc(jvm, connection), connection, transfer, source) as opened:
        columns: dict[str, CopiedColumn] = {}
        expressions = []
        for column in opened.snapshot.columns:
            sql, kind, lake = copying(column, transfer.columns.get(column.name, NO_OPTION))
            columns[column.name] = CopiedColumn(kind, lake)
            expressions.append(sql.replace(V, "r." + quoted(column.name)))
        statements = _statements(opened, expressions)

        def copy(files: Any, key: str | None) -> int:
            properties = driver_properties(jvm, connection)
            begin = opened.snapshot.reader_statement
            try:
                return int(files.copy(connection.url, properties, begin, _java(jvm, statements), len(statements), key))
            except Py4JJavaError as error:
                if any("out of memory" in str(one).lower() or _OOM in str(one) for one in throwables(error)):
                    raise SourceError(_TOO_LARGE.format(connection.id)) from error
                raise

        yield CopySource(opened.name, columns, len(statements), copy, opened.datasets, opened.snapshot.filtered)


def _statements(opened: OpenSource, expressions: list[str]) -> list[str]:
    """Returns a COPY for each reader."""
    names = ", ".join(f"c{at}" for at in range(len(expressions)))
    select = f"SELECT {names} FROM {opened.rows(expressions, relation=opened.plain_relation)}"
    parts = [f"{select} WHERE {predicate}" for predicate in opened.predicates] or [select]
    return [f"COPY ({part}) TO STDOUT (FORMAT binary)" for part in parts]


def _java(jvm: Any, texts: list[str]) -> Any:
    found = jvm.java.util.ArrayList()
    for text in texts:
        found.add(text)
    return found
