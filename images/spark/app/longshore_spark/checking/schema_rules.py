"""The rules by which a target's columns follow its source's (`schema_changes`). Pure.

Nothing here changes a value: a column is added, or widened where its type's own rules lose nothing; all else is
refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from longshore_spark.checking.exact_types import holds_exactly, widened
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.grammar.table_names import written


@dataclass(frozen=True)
class Plan:
    """The changes to a target's columns, by the target's own names, and the source's name for each."""

    given: dict[str, str]
    """The target's columns that the source fills, and the source's names for them; those that are added at the end."""
    added: dict[str, str]
    """Columns that the target gets, with the source's types; they are among `given`."""
    widened: dict[str, str]
    """Columns that get another type."""
    absent: list[str]
    """The target's columns that the source does not have: they get NULL, or the column's default."""
    ignored: list[str]
    """The source's columns that are left out, as was asked for."""


def identity(columns: Sequence[str]) -> Plan:
    """Returns the plan where the source has just the target's columns."""
    return Plan({name: name for name in columns}, {}, {}, [], [])


def plan(
    source: Mapping[str, str],
    known: Mapping[str, str],
    transfer: Transfer,
    *,
    fold: Callable[[str], str] = str,
    holds: Callable[[str, str], bool] = holds_exactly,
) -> Plan:
    """Returns the changes that the differences of source and target need.

    Args:
        source, known: the types of the source's and of the target's columns, by name, written in the same way.
        fold: what of a name counts: the lake reads A and a as one.
        holds: whether a column of the first type takes values of the second as they are.

    Raises:
        SinkError: naming the columns, both types, the rule and the ways out.
    """
    names = {fold(name): name for name in known}
    given: dict[str, str] = {}
    added: dict[str, str] = {}
    wider: dict[str, str] = {}
    ignored = []
    for name, kind in source.items():
        there = names.get(fold(name))
        if there is None:
            if transfer.schema_changes == "ignore":
                ignored.append(name)
            else:
                given[name] = name
                added[name] = kind
            continue
        given[there] = name
        if not holds(known[there], kind):
            wider[there] = _widened(there, known[there], kind, transfer)
    taken = {fold(name) for name in source}
    absent = [name for name in known if fold(name) not in taken]
    if transfer.schema_changes == "fail":
        _refuse(transfer, list(added), absent, wider, known)
    if transfer.schema_changes == "ignore" and wider:
        name, kind = next(iter(wider.items()))
        raise SinkError(
            f"The column {written(name)} of the table {transfer.target!r} is {known[name]}, which cannot hold the "
            f"source's {source[given[name]]}, and schema_changes is 'ignore'; use 'evolve', which makes it {kind}, or "
            "cast it by SQL."
        )
    if missing := [column for column in transfer.key if column in added or column in ignored]:
        raise SinkError(f"The table {transfer.target!r} lacks {_columns(missing)} of the key; use another key.")
    return Plan(given, added, wider, absent, ignored)


def _widened(name: str, there: str, kind: str, transfer: Transfer) -> str:
    wider = widened(there, kind)
    if wider is None:
        raise SinkError(
            f"The column {written(name)} is {kind} in the source, and {there} in the table {transfer.target!r}, which "
            f"would change values, and cannot be widened without loss; cast it to {there} by SQL, or give the column "
            "another name. If the table is no longer needed, drop it: the next transfer creates it again."
        )
    return wider


def _refuse(
    transfer: Transfer, added: list[str], absent: list[str], wider: Mapping[str, str], known: Mapping[str, str]
) -> None:
    rule = "and schema_changes is 'fail'"
    if added:
        raise SinkError(
            f"The table {transfer.target!r} has no {_columns(added)}, which the source has, {rule}; add them to the "
            "table, leave them out by SQL, or use schema_changes 'evolve' (adds them) or 'ignore' (leaves them out)."
        )
    if absent:
        raise SinkError(
            f"The source of {transfer.target!r} has no {_columns(absent)}, which the table has, {rule}; give them by "
            f"SQL (such as NULL AS {absent[0]}), or use schema_changes 'evolve' or 'ignore', which leave them NULL."
        )
    for name, kind in wider.items():
        raise SinkError(
            f"The column {written(name)} of the table {transfer.target!r} is {known[name]}, and the source needs "
            f"{kind}, {rule}; use schema_changes 'evolve', or cast it by SQL."
        )


def _columns(names: list[str]) -> str:
    return f"columns {', '.join(map(written, names))}"
