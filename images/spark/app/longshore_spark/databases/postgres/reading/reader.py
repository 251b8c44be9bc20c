"""Reads a table or query of PostgreSQL: one state of it, in parallel, each value exactly."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.command_line.column_options import NO_OPTION, check_known
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.connecting.question_marks import marks_doubled
from longshore_spark.databases.postgres.datasets import datasets_read
from longshore_spark.databases.postgres.names import found_table
from longshore_spark.databases.postgres.quoting import quoted
from longshore_spark.databases.postgres.reading.fetching import fetching
from longshore_spark.databases.postgres.reading.partitions import page_predicates, range_predicates, splittable
from longshore_spark.databases.postgres.reading.read_expressions import V, reading
from longshore_spark.databases.postgres.reading.repeatable import EXPLAIN, UNSTEADY, called, obstacle
from longshore_spark.databases.postgres.reading.snapshot import Snapshot, snapshot_of
from longshore_spark.exceptions import ConnectionSettingsError, SourceError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows

_SPLIT = "longshore_split"
_LONGEST = 40
"""Characters of a value in a message."""


@contextmanager
def rows_of(
    spark: SparkSession, connection: JdbcConnection, transfer: Transfer, source: Table | Query
) -> Iterator[SourceRows]:
    """Opens a table or query; all rows that are read until the block ends are of one state.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SourceError: the table or a column is missing, or cannot be read exactly.
    """
    jdbc = Jdbc(spark, connection)
    if isinstance(source, Query):
        relation, name = marks_doubled(f"({source.sql})"), f"query in {connection.id}"
    else:
        relation, name = found_table(jdbc, connection, source.name), f"{connection.id}.{source.name}"
    with snapshot_of(jdbc.open(), connection, relation) as snapshot:
        _tell_filtered(snapshot, connection, transfer)
        check_known(transfer.columns, [column.name for column in snapshot.columns])
        split, predicates = _predicates(snapshot, connection, transfer, source, relation)
        lock_timeout = _lock_timeout(jdbc, connection, snapshot)
        rows = _frame(spark, connection, transfer, snapshot, relation, split, predicates, lock_timeout)
        columns = {column.name: column.type.shown for column in snapshot.columns}
        table = None if isinstance(source, Query) else relation
        datasets = datasets_read(snapshot.query, connection, table, columns)
        count = lambda: _count(snapshot, relation)  # noqa: E731
        yield SourceRows(name, rows, len(predicates) or 1, count, datasets, snapshot.filtered)


def _tell_filtered(snapshot: Snapshot, connection: JdbcConnection, transfer: Transfer) -> None:
    """Says that row security leaves rows out, which is right unless the rows that are left out would be deleted."""
    if not snapshot.filtered:
        return
    told = f"Row security of {', '.join(snapshot.filtered)} applies to the role {connection.user!r}"
    if transfer.delete_missing:
        raise SourceError(
            f"{told}, so that delete_missing would delete the rows that it may not see; leave delete_missing out, or "
            "use a role with BYPASSRLS."
        )
    print(
        f"{told}: rows that it may not see are left out. With '-c row_security=off' in the connection's options such "
        "transfers are refused.",
        file=sys.stderr,
        flush=True,
    )


def _count(snapshot: Snapshot, relation: str) -> int:
    ((count,),) = snapshot.query(f"SELECT pg_catalog.count(*) FROM {relation} AS r")
    return int(count)


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
    snapshot: Snapshot,
    relation: str,
    split: str | None,
    predicates: list[str],
    lock_timeout: dict[str, str],
) -> DataFrame:
    readings = [reading(column, transfer.columns.get(column.name, NO_OPTION)) for column in snapshot.columns]
    expressions = [
        f"{sql.replace(V, 'r.' + quoted(column.name))} AS c{at}"
        for at, (column, (sql, _)) in enumerate(zip(snapshot.columns, readings, strict=True))
    ]
    if split is not None:
        expressions.append(f"r.{split} AS {_SPLIT}")
    table = f"(SELECT {', '.join(expressions)} FROM {relation} AS r WHERE {snapshot.unchanged}) AS source"
    options = connection.properties | {
        **fetching(transfer.fetch_size),
        **lock_timeout,
        "sessionInitStatement": snapshot.reader_statement,
        # Spark asks for the columns that it needs; were one of them NULL everywhere, it must not skip rows for it.
        "pushDownPredicate": "false",
    }
    if predicates:
        rows = spark.read.jdbc(connection.url, table, predicates=predicates, properties=options)
    else:
        rows = spark.read.jdbc(connection.url, table, properties=options)
    return rows.select(
        [
            F.expr(lake.replace(V, f"c{at}")).alias(column.name)
            for at, (column, (_, lake)) in enumerate(zip(snapshot.columns, readings, strict=True))
        ]
    )


def _predicates(
    snapshot: Snapshot, connection: JdbcConnection, transfer: Transfer, source: Table | Query, relation: str
) -> tuple[str | None, list[str]]:
    """Returns the column to split by, as SQL writes it, and the predicates over it; none for one reader."""
    if transfer.partition_column is not None:
        column = quoted(transfer.partition_column)
        kind = _split_type(snapshot, connection, transfer.partition_column)
        found = _column_predicates(snapshot, transfer.partition_column, kind, transfer.partitions, relation)
    elif isinstance(source, Query):
        return None, []  # a query's rows have no places to split at
    else:
        column, kind = "ctid", "tid"
        # Only a plain table (or materialized view) has pages of its own.
        pages = snapshot.query(
            "SELECT pg_catalog.pg_relation_size(oid) / pg_catalog.current_setting('block_size')::int "
            "FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass(?) AND relkind IN ('r', 'm')",
            relation,
        )
        found = page_predicates(_SPLIT, int(pages[0][0]), transfer.partitions) if pages else []
    if not found:
        return None, []
    if reason := _why_one_reader(snapshot, relation, kind):
        print(f"One connection reads the source: {reason}.", file=sys.stderr, flush=True)
        return None, []
    return column, found


def _why_one_reader(snapshot: Snapshot, relation: str, split_type: str) -> str | None:
    if not snapshot.shared:
        return "foreign tables, and tables that others inherit from, are in no snapshot that can be shared"
    ((text,),) = snapshot.query(f"{EXPLAIN} SELECT * FROM {relation} AS r")
    plan = json.loads(text)[0]["Plan"]
    unsteady = snapshot.query(UNSTEADY, json.dumps(sorted(called(plan))), json.dumps(plan))
    return obstacle(plan, relation, unsteady={name for (name,) in unsteady}, split_type=split_type)


def _split_type(snapshot: Snapshot, connection: JdbcConnection, column: str) -> str:
    types = {each.name: each.type for each in snapshot.columns}
    if column not in types:
        raise SourceError(
            f"The partition column {column!r} is not in the source (connection {connection.id!r}); it has "
            f"{', '.join(types)}."
        )
    return types[column].name or types[column].shown


def _column_predicates(snapshot: Snapshot, column: str, kind: str, partitions: int, relation: str) -> list[str]:
    name, shown = quoted(column), kind
    if splittable(kind):
        ((low, high),) = snapshot.query(f"SELECT min({name})::text, max({name})::text FROM {relation} AS r")
        try:
            return range_predicates(_SPLIT, kind, low, high, partitions)
        except (ValueError, ArithmeticError):
            shown = f"{kind} and reaches from {_cut(low)} to {_cut(high)}"
    raise SourceError(
        f"The partition column {column!r} cannot be split: it has the type {shown}. Use a column of finite numbers, "
        "dates or timestamps, or 'auto'."
    )


def _cut(value: str | None) -> str:
    return f"{value}"[:_LONGEST]
