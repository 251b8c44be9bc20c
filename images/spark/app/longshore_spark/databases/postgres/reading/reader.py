"""Reads a table or query of PostgreSQL by Spark: one state of it, in parallel, each value exactly."""

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.command_line.column_options import NO_OPTION
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.quoting import quoted
from longshore_spark.databases.postgres.reading.fetching import fetching
from longshore_spark.databases.postgres.reading.opened import OpenSource, opened_source
from longshore_spark.databases.postgres.reading.read_expressions import V, reading
from longshore_spark.databases.postgres.reading.snapshot import Snapshot
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows


@contextmanager
def rows_of(
    spark: SparkSession, connection: JdbcConnection, transfer: Transfer, source: Table | Query
) -> Iterator[SourceRows]:
    """Opens a table or query; all rows that are read until the block ends are of one state.

    Raises as `opened_source`.
    """
    jdbc = Jdbc(spark._jvm, connection)
    with opened_source(jdbc, connection, transfer, source) as opened:
        lock_timeout = _lock_timeout(jdbc, connection, opened.snapshot)
        rows = _frame(spark, connection, transfer, opened, lock_timeout)
        yield SourceRows(
            opened.name, rows, len(opened.predicates) or 1, opened.count, opened.datasets, opened.snapshot.filtered
        )


def _lock_timeout(jdbc: Jdbc, connection: JdbcConnection, snapshot: Snapshot) -> dict[str, str]:
    """Returns the driver's properties by which Spark's own sessions wait for a lock no longer than the snapshot's.

    Spark reads the columns in a session that runs no statement before. A pooler may refuse settings at the start
    (PgBouncer, `ignore_startup_parameters`); it gets none.
    """
    ((setting,),) = snapshot.query("SELECT pg_catalog.current_setting('lock_timeout')")
    given = connection.properties.get("options", "")
    changed = {"options": f"{given} -c lock_timeout={setting}".strip()}
    try:
        jdbc.open(**changed).close()
    except ConnectionSettingsError:
        return {}
    return changed


def _frame(
    spark: SparkSession,
    connection: JdbcConnection,
    transfer: Transfer,
    opened: OpenSource,
    lock_timeout: dict[str, str],
) -> DataFrame:
    snapshot = opened.snapshot
    readings = [reading(column, transfer.columns.get(column.name, NO_OPTION)) for column in snapshot.columns]
    expressions = [
        sql.replace(V, "r." + quoted(column.name)) for column, (sql, _) in zip(snapshot.columns, readings, strict=True)
    ]
    table = opened.rows(expressions, relation=opened.relation)
    options = connection.properties | {
        **fetching(transfer.fetch_size),
        **lock_timeout,
        "sessionInitStatement": snapshot.reader_statement,
        # Spark asks for the columns that it needs; were one of them NULL everywhere, it must not skip rows for it.
        "pushDownPredicate": "false",
    }
    if opened.predicates:
        rows = spark.read.jdbc(connection.url, table, predicates=opened.predicates, properties=options)
    else:
        rows = spark.read.jdbc(connection.url, table, properties=options)
    return rows.select(
        [
            F.expr(lake.replace(V, f"c{at}")).alias(column.name)
            for at, (column, (_, lake)) in enumerate(zip(snapshot.columns, readings, strict=True))
        ]
    )
