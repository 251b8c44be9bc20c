"""The definition of a target in PostgreSQL, which a transfer must keep."""

from collections.abc import Callable
from dataclasses import dataclass

from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.jdbc.sessions import Row

_TABLE = """
SELECT c.oid, c.relkind, c.relhassubclass, pg_catalog.row_security_active(c.oid),
  (SELECT pg_catalog.string_agg(p.relid::pg_catalog.oid::text, ' ' ORDER BY p.relid)
   FROM pg_catalog.pg_partition_tree(c.oid) p),
  (SELECT pg_catalog.string_agg(pg_catalog.format('%I of %s', f.conname, f.conrelid::regclass), ', ' ORDER BY f.oid)
   FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.confrelid = c.oid AND f.conrelid <> c.oid
   AND f.conparentid = 0),
  (SELECT pg_catalog.string_agg(pg_catalog.format('%I of %s', f.conname, f.conrelid::regclass), ', ' ORDER BY f.oid)
   FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.confrelid = c.oid AND f.confdeltype IN ('c', 'n', 'd')
   AND f.conparentid = 0),
  (SELECT pg_catalog.string_agg(p.relid::regclass::text, ', ' ORDER BY p.relid)
   FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class f ON f.oid = p.relid WHERE f.relkind = 'f')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ? AND c.relname = ?
"""
# A domain is shown as its base type.
_COLUMNS = """
SELECT a.attname, CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
  ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END, t.typtype = 'd', a.attidentity, a.attgenerated,
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ?::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table", "S": "a sequence", "i": "an index"}


@dataclass(frozen=True)
class Column:
    """A column of a table: its name, and its type as PostgreSQL writes it."""

    name: str
    type: str
    domain: bool = False
    """Its type is a domain's, and `type` what that stands for."""
    identity: str = ""
    """`a`: GENERATED ALWAYS AS IDENTITY, `d`: BY DEFAULT."""
    generated: bool = False
    """The database computes it."""
    needed: bool = False
    """A row cannot do without a value for it."""


@dataclass(frozen=True)
class Definition:
    """An existing table."""

    oid: str
    kind: str
    """The `relkind` in pg_class: `r` for a table, `p` for a partitioned one, `v` for a view."""
    partitions: str | None
    """The OIDs of itself and its partitions; None: it has none."""
    columns: list[Column]

    @property
    def types(self) -> dict[str, str]:
        """The columns' types by name, of those that rows can bring."""
        return {column.name: column.type for column in self.columns}


def definition(query: Callable[..., list[Row]], schema: str, name: str, transfer: Transfer) -> Definition | None:
    """Returns the target's definition; None where it is missing.

    Raises:
        SinkError: it is no table, or the transfer's mode would also change what the user did not ask for.
    """
    found = query(_TABLE, schema, name)
    if not found:
        return None
    ((oid, kind, inherited, hidden, partitions, referred, cascading, foreign),) = found
    if foreign:
        raise SinkError(
            f"The table {transfer.target!r} has partitions in another database ({foreign}), which does not commit "
            "together with this one; write to each of them by a connection of its own."
        )
    _check(transfer, kind, inherited == "t", hidden == "t", referred, cascading)
    columns = [
        Column(column, type_, domain == "t", identity, generated != "", needed == "t")
        for column, type_, domain, identity, generated, needed in query(_COLUMNS, oid)
    ]
    return Definition(oid, kind, partitions, columns)


def _check(
    transfer: Transfer, kind: str, inherited: bool, hidden: bool, referred: str | None, cascading: str | None
) -> None:
    target, replaces = transfer.target, transfer.mode == "overwrite" or transfer.delete_missing
    if kind not in "rp" and (kind != "v" or transfer.mode != "append"):
        raise SinkError(f"The target {target!r} is {_KINDS.get(kind, 'no table')}; name a table.")
    if hidden and transfer.mode != "append":
        raise SinkError(
            f"Row security hides rows of the table {target!r} from this role, so that they can be neither replaced nor "
            "merged; use a role with BYPASSRLS, or the mode 'append'."
        )
    if inherited and kind == "r" and transfer.mode != "append":
        raise SinkError(
            f"Other tables inherit from {target!r} (INHERITS), and their rows would be changed, too; write to one "
            "that nothing inherits from, or use the mode 'append'."
        )
    if transfer.mode == "overwrite" and referred:
        raise SinkError(
            f"Other tables refer to {target!r} ({referred}), and an overwrite deletes what they refer to; use the "
            "mode 'merge' (with delete_missing, if rows are to go), which updates the rows that are there."
        )
    if replaces and cascading:
        raise SinkError(
            f"Rows of other tables go or change with those of {target!r} (ON DELETE of {cascading}), which the "
            "transfer does not ask for; leave delete_missing out, or delete rows by SQL of your own."
        )
