"""Opens a table or query of PostgreSQL: its one state, its columns, and how its rows are split among readers."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from longshore_spark.command_line.column_options import check_known
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.connecting.question_marks import marks_doubled
from longshore_spark.databases.postgres.datasets import datasets_read
from longshore_spark.databases.postgres.names import found_table
from longshore_spark.databases.postgres.quoting import quoted
from longshore_spark.databases.postgres.reading.partitions import page_predicates, range_predicates, splittable
from longshore_spark.databases.postgres.reading.repeatable import EXPLAIN, UNSTEADY, called, obstacle
from longshore_spark.databases.postgres.reading.snapshot import Snapshot, snapshot_of
from longshore_spark.exceptions import SourceError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.outcome.datasets import Dataset

_SPLIT = "longshore_split"
_LONGEST = 40
"""Characters of a value in a message."""


@dataclass(frozen=True)
class OpenSource:
    """A table or query, all rows of which are of one state."""

    name: str
    """The source's name in messages and in the result."""
    relation: str
    """The words after FROM, as the driver's prepareStatement reads it."""
    plain_relation: str
    """The same as PostgreSQL reads it: its own question marks are not doubled."""
    snapshot: Snapshot
    split: str | None
    """The column by which readers are told apart, as SQL writes it; None: there is one reader."""
    predicates: list[str]
    """One for each reader, over the column `longshore_split`; none for one reader."""
    datasets: list[Dataset]

    def rows(self, expressions: list[str], *, relation: str) -> str:
        """Returns a table in parentheses of the columns `c0`, `c1` and so on, and of `longshore_split`.

        Args:
            expressions: for each column, over the row `r`.
            relation: one of the two.
        """
        columns = [f"{expression} AS c{at}" for at, expression in enumerate(expressions)]
        if self.split is not None:
            columns.append(f"r.{self.split} AS {_SPLIT}")
        return f"(SELECT {', '.join(columns)} FROM {relation} AS r WHERE {self.snapshot.unchanged}) AS source"

    def count(self) -> int:
        """Counts the rows in the same state."""
        ((count,),) = self.snapshot.query(f"SELECT pg_catalog.count(*) FROM {self.relation} AS r")
        return int(count)


@contextmanager
def opened_source(
    jdbc: Jdbc, connection: JdbcConnection, transfer: Transfer, source: Table | Query
) -> Iterator[OpenSource]:
    """Opens a table or query; all rows that are read until the block ends are of one state.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SourceError: the table or a column is missing, or cannot be read exactly.
    """
    if isinstance(source, Query):
        plain, name = f"({source.sql})", f"query in {connection.id}"
        relation = marks_doubled(plain)
    else:
        relation = plain = found_table(jdbc, connection, source.name)
        name = f"{connection.id}.{source.name}"
    with snapshot_of(jdbc.open(), connection, relation) as snapshot:
        _tell_filtered(snapshot, connection, transfer)
        check_known(transfer.columns, [column.name for column in snapshot.columns])
        split, predicates = _predicates(snapshot, connection, transfer, source, relation)
        columns = {column.name: column.type.shown for column in snapshot.columns}
        table = None if isinstance(source, Query) else relation
        datasets = datasets_read(snapshot.query, connection, table, columns)
        yield OpenSource(name, relation, plain, snapshot, split, predicates, datasets)


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
