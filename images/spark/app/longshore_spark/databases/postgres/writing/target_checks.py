"""Checks of rows against their target: columns before rows are staged, values and keys afterwards."""

from collections.abc import Mapping, Sequence

from py4j.protocol import Py4JJavaError

from longshore_spark.checking.schema_rules import Plan
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import first_line
from longshore_spark.databases.postgres.quoting import NAMES, quoted
from longshore_spark.databases.postgres.sessions.target_session import TargetSession
from longshore_spark.databases.postgres.writing.column_values import differing
from longshore_spark.databases.postgres.writing.definitions import Column
from longshore_spark.databases.postgres.writing.statements import Move
from longshore_spark.exceptions import SinkError
from longshore_spark.jdbc.sessions import Row


def check_lengths(columns: Sequence[str], transfer: Transfer) -> None:
    """Checks that the database does not cut the columns' names. Raises SinkError, as all functions here."""
    for column in columns:
        try:
            NAMES.check(column)
        except ValueError as error:
            raise SinkError(
                f"The source of {transfer.target!r} has a column that the database cannot have: {error}; give it "
                "another name by SQL."
            ) from None


def check_key_there(columns: Sequence[str], transfer: Transfer) -> None:
    """Checks that the source has the key's columns."""
    if missing := [column for column in transfer.key if column not in columns]:
        raise SinkError(
            f"The key's columns {', '.join(map(repr, missing))} are not in the source of {transfer.target!r}; it has "
            f"{', '.join(map(repr, columns))}."
        )


def check_plan(planned: Plan, columns: Sequence[Column], transfer: Transfer) -> None:
    """Checks that the table's columns can be written, left out and widened as planned."""
    updated = set(planned.given) - set(transfer.key) if transfer.mode == "merge" else set()
    for column in columns:
        if column.generated and column.name in planned.given:
            raise SinkError(
                f"The column {quoted(column.name)} of the table {transfer.target!r} is computed by the database "
                "(GENERATED); leave it out by SQL."
            )
        if column.identity == "a" and column.name in updated:
            raise SinkError(
                f"The column {quoted(column.name)} of the table {transfer.target!r} can only be updated to DEFAULT "
                "(GENERATED ALWAYS AS IDENTITY), and a merge updates the columns that it is given; leave it out by SQL."
            )
        if column.needed and column.name in planned.absent and transfer.mode != "merge":
            raise SinkError(
                f"The source of {transfer.target!r} has no column {quoted(column.name)}, which may not be NULL in the "
                "table and has no default; give it by SQL."
            )
        if column.domain and column.name in planned.widened:
            raise SinkError(
                f"The column {quoted(column.name)} of the table {transfer.target!r} has the type of a domain "
                f"({column.type}), which is not widened; cast it by SQL."
            )


def check_values(session: TargetSession, move: Move, types: Mapping[str, str], transfer: Transfer) -> None:
    """Checks that the table's columns hold each staged value as it is.

    Args:
        types: of the staged columns.
    """
    for name, column in move.columns.items():
        staged = move.staged[name]
        condition = differing(column, types[staged], staged)
        if condition is None:
            continue
        told = f"The column {quoted(name)} of the table {transfer.target!r} is {column}, and the source has "
        ways_out = "change it by SQL, or the column's type in the table"
        try:
            found = session.query(
                f"SELECT pg_catalog.left({quoted(staged)}::text, 40) FROM {move.staging} WHERE {condition} LIMIT 1"
            )
        except Py4JJavaError as error:
            raise SinkError(f"{told}a value that it does not take: {first_line(error)}; {ways_out}.") from None
        if found:
            raise SinkError(f"{told}{found[0][0]!r}, which it would change; {ways_out}.")


def check_key(session: TargetSession, staging: str, values: Sequence[str], transfer: Transfer) -> None:
    """Checks that no two staged rows share a key, since either of them might win.

    Args:
        values: the key's, as expressions.
    """
    names = ", ".join(values)
    shown = ", ".join(f"({value})::text" for value in values)
    twice = session.query(f"SELECT {shown} FROM {staging} GROUP BY {names} HAVING pg_catalog.count(*) > 1 LIMIT 3")
    if twice:
        raise SinkError(
            f"The source of {transfer.target!r} has several rows of one key ({keys(transfer.key, twice)}); make the "
            "key unique."
        )


def keys(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """Returns some keys, as a message shows them."""
    return "; ".join(", ".join(f"{column}={value}" for column, value in zip(columns, row, strict=True)) for row in rows)
