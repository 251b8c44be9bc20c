"""The definition of a target in PostgreSQL, which a transfer must keep."""

from collections.abc import Callable
from dataclasses import dataclass

from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.jdbc.sessions import Row

# A foreign key to a partitioned table, or of one, has a copy for each partition: whose original is shown already.
_REFERRING = """
(SELECT pg_catalog.string_agg(pg_catalog.format('%I of %s', coalesce(p.conname, f.conname), f.conrelid::regclass), ', '
   ORDER BY f.oid)
 FROM pg_catalog.pg_constraint f LEFT JOIN pg_catalog.pg_constraint p ON p.oid = f.conparentid
 WHERE f.contype = 'f' AND f.confrelid = ANY (tree.oids) AND coalesce(p.confrelid <> ALL (tree.oids), true) AND {})
"""
_TREE = "ARRAY(SELECT {oid} UNION SELECT t.relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree({oid}) t)"
"""The table itself and its partitions, which others may refer to as well."""
_TABLE = f"""
SELECT c.oid, c.relkind, c.relhassubclass, pg_catalog.row_security_active(c.oid),
  (SELECT pg_catalog.string_agg(p.relid::pg_catalog.oid::text, ' ' ORDER BY p.relid)
   FROM pg_catalog.pg_partition_tree(c.oid) p),
  {_REFERRING.format("f.conrelid <> ALL (tree.oids)")},
  {_REFERRING.format("f.confdeltype IN ('c', 'n', 'd')")},
  (SELECT pg_catalog.string_agg(r.ev_type::text || r.rulename::text, ',' ORDER BY r.rulename)
   FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.is_instead AND c.relkind <> 'v'),
  (SELECT pg_catalog.string_agg(p.relid::regclass::text, ', ' ORDER BY p.relid)
   FROM pg_catalog.pg_partition_tree(c.oid) p JOIN pg_catalog.pg_class f ON f.oid = p.relid WHERE f.relkind = 'f')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
  LATERAL (SELECT {_TREE.format(oid="c.oid")} AS oids) tree
WHERE n.nspname = ? AND c.relname = ?
"""
# A domain is shown as its base type.
_COLUMNS = f"""
SELECT a.attname, CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
  ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END, t.typtype = 'd', a.attidentity, a.attgenerated,
  a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND t.typdefault IS NULL,
  EXISTS (SELECT FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_attribute r ON r.attrelid = f.confrelid
    AND r.attnum = ANY (f.confkey) AND r.attname = a.attname
    WHERE f.contype = 'f' AND f.confrelid = ANY ({_TREE.format(oid="a.attrelid")}) AND f.confupdtype IN ('c', 'n', 'd'))
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ?::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_UPDATE, _INSERT, _DELETE = "2", "3", "4"
"""The `ev_type` of a rule in pg_rewrite."""
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
    followed: bool = False
    """Rows that refer to it change with its values (ON UPDATE CASCADE and the like)."""


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
    ((oid, kind, inherited, hidden, partitions, referred, cascading, rules, foreign),) = found
    if foreign:
        raise SinkError(
            f"The table {transfer.target!r} has partitions in another database ({foreign}), which does not commit "
            "together with this one; write to each of them by a connection of its own."
        )
    _check(transfer, kind, inherited == "t", hidden == "t")
    _check_rules(transfer, rules or "")
    _check_references(transfer, referred, cascading)
    columns = [
        Column(column, type_, domain == "t", identity, generated != "", needed == "t", followed == "t")
        for column, type_, domain, identity, generated, needed, followed in query(_COLUMNS, oid)
    ]
    return Definition(oid, kind, partitions, columns)


def _check(transfer: Transfer, kind: str, inherited: bool, hidden: bool) -> None:
    target = transfer.target
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


def _check_rules(transfer: Transfer, rules: str) -> None:
    """Checks that no rule does something else instead: the database would count its rows as the table's."""
    statements = [_INSERT, *([_UPDATE] if transfer.mode == "merge" else [])]
    statements += [_DELETE] if transfer.mode == "overwrite" or transfer.delete_missing else []
    if found := [rule[1:] for rule in rules.split(",") if rule[:1] in statements]:
        raise SinkError(
            f"A rule of the table {transfer.target!r} ({', '.join(found)}) does something else instead of changing its "
            "rows (DO INSTEAD); drop the rule, use a trigger in its place, or write to a table without it."
        )


def _check_references(transfer: Transfer, referred: str | None, cascading: str | None) -> None:
    if transfer.mode == "overwrite" and referred:
        raise SinkError(
            f"Other tables refer to {transfer.target!r} ({referred}), and an overwrite deletes what they refer to; use "
            "the mode 'merge' (with delete_missing, if rows are to go), which updates the rows that are there."
        )
    if transfer.delete_missing and cascading:
        raise SinkError(
            f"Other rows go or change with deleted ones of {transfer.target!r} (ON DELETE of {cascading}), which the "
            "transfer does not ask for; leave delete_missing out, or delete rows by SQL of your own."
        )
