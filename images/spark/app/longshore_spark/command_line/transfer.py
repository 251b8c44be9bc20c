"""One transfer, or that of many tables, as the command line asks for it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from longshore_spark.command_line.column_options import ColumnOption
from longshore_spark.command_line.grammars import Grammar
from longshore_spark.command_line.source import Source, Table
from longshore_spark.command_line.tables import Tables
from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.check_grammar import Check
from longshore_spark.grammar.many_tables import targets_of

Mode = Literal["overwrite", "append", "merge"]
Engine = Literal["auto", "spark", "copy"]
SchemaChanges = Literal["evolve", "fail", "ignore"]


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """One transfer. A side without a connection is the lake."""

    source: Source
    source_connection: str | None
    target: str
    """`lake.<namespace>.<table>`, or in a database `<schema>.<table>`, as the user wrote it; see `table_names`."""
    tables: Tables | None = None
    """Many tables: `{table}` stands for each in source and target. None: there is one source."""
    target_connection: str | None
    mode: Mode
    key: tuple[str, ...]
    partition_column: str | None
    """None: bounds are found without a column where that is possible."""
    partitions: int
    """Maximum number of connections that read or write at the same time."""
    fetch_size: int
    batch_size: int
    catalog_connection: str
    engine: Engine = "spark"
    """`copy` is without a Spark session; `auto` takes it where it can do the transfer, and else Spark."""
    columns: dict[str, ColumnOption] = field(default_factory=dict)
    """The columns' types that the user declared, and what may be lost."""
    schema_changes: SchemaChanges = "evolve"
    """The rule for columns that source and target do not share, or have with other types."""
    delete_missing: bool = False
    """With merge: rows of the target whose key the source, a whole table, does not have are deleted."""
    staging_schema: str | None = None
    """The database's schema of staging tables, as the user wrote it; None: the target's."""
    checks: tuple[Check, ...] = ()
    """The checks that the written rows must pass before readers can see them."""
    lock_timeout: int = 600
    """Seconds to wait for another transfer to the same target; 0: none."""
    commit_key: str | None = None
    """With append, and in every mode of many tables: the task instance whose rows these are. Rows that were committed
    with a key are not committed again; a merge, which changes nothing when it is repeated, takes none."""


def transfers_of(transfer: Transfer, tables: Sequence[str], grammar: Grammar) -> dict[str, Transfer]:
    """Returns the transfer of each table, by the table's name alone.

    Args:
        transfer: of many tables.
        tables: their names, as users write them.
        grammar: the rules of their database.

    Raises:
        ArgumentError: the lake cannot have a table of such a name, or two have the same target.
    """
    try:
        targets = targets_of(tables, transfer.target, grammar.name_parts)
    except ValueError as error:
        raise ArgumentError(
            f"The tables cannot be transferred to {transfer.target!r}: {error}; give such a table a transfer of its "
            "own."
        ) from None
    return {
        grammar.name_parts(table)[-1]: replace(transfer, tables=None, source=Table(table), target=target)
        for table, target in targets.items()
    }
