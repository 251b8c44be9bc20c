"""One transfer, as the command line asks for it. Pure."""

from dataclasses import dataclass, field
from typing import Literal

from longshore_spark.command_line.column_options import ColumnOption
from longshore_spark.command_line.source import Source
from longshore_spark.grammar.check_grammar import Check

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
    """With append: the task instance whose rows these are. Rows that were committed with a key are not committed again.
    """
