"""Brings staged rows into their table, in the transaction that the target's session has open."""

from py4j.protocol import Py4JJavaError

from longshore_spark.checking.schema_rules import Plan
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.postgres.connecting.jdbc import first_line
from longshore_spark.databases.postgres.quoting import NAMES, qualified, quoted
from longshore_spark.databases.postgres.sessions.target_session import TargetSession
from longshore_spark.databases.postgres.writing.definitions import Definition, definition
from longshore_spark.databases.postgres.writing.other_writers import State, lock
from longshore_spark.databases.postgres.writing.statements import Move, changes
from longshore_spark.databases.postgres.writing.target_checks import keys
from longshore_spark.exceptions import SinkError
from longshore_spark.spark.java_errors import sql_state

_MISSING = {"42P01", "3F000"}
"""undefined_table, invalid_schema_name. Source: PostgreSQL, "Error Codes"."""
_MADE = {"42P07", "42710", "23505"}
"""duplicate_table, duplicate_object (its type), unique_violation (of the catalog, where both come at once)."""
_DATA = "22"
"""The class of data exceptions: overflow, division by zero, a text that is no number."""
_AGAIN = "nothing was written. Run the transfer again."


def rename(session: TargetSession, staging: str, target: str) -> None:
    """Makes a staging table in the target's schema the target, which was missing.

    Raises:
        SinkError: it is there by now.
    """
    session.execute([f"COMMENT ON TABLE {staging} IS NULL"])
    try:
        session.execute([f"ALTER TABLE {staging} RENAME TO {quoted(NAMES.target(target)[1])}"])
    except Py4JJavaError as error:
        if sql_state(error) not in _MADE:
            raise
        raise SinkError(
            f"The table {target!r} was made by another program while the transfer ran ({first_line(error)}); {_AGAIN}"
        ) from None


def check_unchanged(session: TargetSession, known: Definition, state: State | None, transfer: Transfer) -> None:
    """Keeps others away from the table until the commit, and checks that it is as it was when the transfer began.

    Args:
        state: the rows when the transfer began; None: the rows that are there stay.

    Raises:
        SinkError: another program has changed it.
    """
    changed = SinkError(
        f"The table {transfer.target!r} was changed by another program (its columns, or it was dropped or made anew) "
        f"while the transfer ran; {_AGAIN}"
    )
    if known.kind != "v":  # locking a view locks all tables that it reads, for which its writers may lack the right
        try:
            session.execute([lock(transfer.target, alone=transfer.mode != "append")])
        except Py4JJavaError as error:
            if sql_state(error) not in _MISSING:
                raise
            raise changed from None
    if definition(session.query, *NAMES.target(transfer.target), transfer) != known:
        raise changed
    if state is not None and state.later(session.query, transfer.target):
        raise SinkError(
            f"Another program has written rows to the table {transfer.target!r} while the transfer ran, which the mode "
            f"{transfer.mode!r} would have discarded; {_AGAIN}"
        )


def change_columns(session: TargetSession, planned: Plan, transfer: Transfer) -> None:
    """Adds and widens columns.

    Raises:
        SinkError: the database does not let that be, such as for a view that uses the column.
    """
    try:
        session.execute(changes(transfer.target, planned.added, planned.widened))
    except Py4JJavaError as error:
        if sql_state(error) == "55P03":  # a lock, which `explanations` explains
            raise
        columns = ", ".join(map(quoted, [*planned.added, *planned.widened]))
        raise SinkError(
            f"The columns {columns} of the table {transfer.target!r} cannot be added or widened: {first_line(error)}; "
            "change the table yourself, or leave the columns out or cast them by SQL."
        ) from None


def bring(session: TargetSession, move: Move, written: int, known: Definition, transfer: Transfer) -> None:
    """Inserts, replaces or merges the staged rows.

    Args:
        written: how many there are.
        known: the table's definition.

    Raises:
        SinkError: the table has one of their keys twice, does not take all, or cannot compute something of them.
    """
    try:
        arrived = _brought(session, move, written, transfer)
    except Py4JJavaError as error:
        if not str(sql_state(error)).startswith(_DATA):
            raise
        computed = [f"the generated column {quoted(column.name)}" for column in known.columns if column.generated]
        named = ", ".join([*computed, "a default, CHECK, index or trigger"])
        raise SinkError(
            f"The table {transfer.target!r} does not take a row: {first_line(error)}. The values fit their columns, so "
            f"this is what the table computes of them ({named}); change that, or the values by SQL."
        ) from None
    if arrived != written:
        raise SinkError(
            f"The table {transfer.target!r} has taken {arrived} of {written} rows: a trigger of it leaves some out or "
            "puts them elsewhere; nothing was written. Write to a table without it."
        )
    if transfer.mode == "overwrite" or transfer.delete_missing:
        _check_deleted(session, written, transfer)


def _brought(session: TargetSession, move: Move, written: int, transfer: Transfer) -> int:
    """Returns how many of the staged rows have arrived."""
    if transfer.mode == "merge":
        return _merge(session, move, written, transfer)
    if transfer.mode == "overwrite":
        # DELETE instead of TRUNCATE: readers still see the old rows until the commit.
        session.execute([f"DELETE FROM {qualified(transfer.target)}"])
    (arrived,) = session.execute([move.insert()])
    return arrived


def _merge(session: TargetSession, move: Move, written: int, transfer: Transfer) -> int:
    session.execute([f"ANALYZE {move.staging}"])  # without it, the plan may compare every row with every other
    if twice := session.query(move.repeated_keys()):
        raise SinkError(
            f"The table {transfer.target!r} has several rows of one key ({keys(move.key, twice)}), and which of them "
            "is meant is not known; make the key unique there, or use another."
        )
    if move.followed and (changed := session.query(move.changed(move.followed))):
        raise SinkError(
            f"The merge would change {', '.join(map(quoted, move.followed))} of the table {transfer.target!r} (of "
            f"{keys(move.key, changed)}), and with it rows of other tables that refer to it (ON UPDATE CASCADE, SET "
            "NULL or SET DEFAULT), which the transfer does not ask for; leave the column out, or change these rows by "
            "SQL of your own."
        )
    statements = move.merge(delete_missing=transfer.delete_missing)
    brought = session.execute(statements)
    if statements[0].startswith("UPDATE"):
        return sum(brought[:4])
    # All columns are the key's, so known rows do not change, and are not counted.
    ((left_out,),) = session.query(move.left_out())
    return written - int(left_out)


def _check_deleted(session: TargetSession, written: int, transfer: Transfer) -> None:
    ((there,),) = session.query(f"SELECT pg_catalog.count(*) FROM {qualified(transfer.target)}")
    if int(there) != written:
        raise SinkError(
            f"The table {transfer.target!r} has {there} rows after {written} were to replace all others: a trigger of "
            "it keeps rows that are deleted, or adds some; nothing was written. Write to a table without it."
        )
