"""The columns of anything that may stand after FROM, as PostgreSQL's catalog describes them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ColumnType:
    """A type, after domains were followed to what they stand for."""

    name: str
    """Its name in the catalog (`int4`, `numeric`), empty where it is none of PostgreSQL's own: enums, extensions …"""
    shown: str
    """The type as PostgreSQL writes it for people: `character varying(10)`."""
    precision: int | None = None
    """Total digits of a `numeric`. None: any number, or another type."""
    scale: int | None = None
    """Digits of a `numeric` after the point; may be negative (PostgreSQL 15)."""
    element: "ColumnType | None" = None
    """The type of an array's elements."""


@dataclass(frozen=True)
class SourceColumn:
    """A column by its name, and what it holds."""

    name: str
    type: ColumnType


@dataclass(frozen=True)
class Described:
    """A result's column as the driver describes it: its name and, for `numeric`, precision and scale (0 and 0: any)."""

    name: str
    precision: int
    scale: int


Query = Callable[..., list[tuple[Any, ...]]]
"""A statement and its parameters, which are text, to rows of text."""

# Domains are followed to their base. Only types that print as arrays count as such: int2vector and the like do not.
_RESOLVE = """
WITH RECURSIVE chain AS (
  SELECT t.oid AS asked, t.oid, t.typtype, t.typbasetype, t.typtypmod, -1 AS modifier FROM pg_catalog.pg_type t
  WHERE t.oid = ANY (?::pg_catalog.oid[])
  UNION ALL
  SELECT chain.asked, t.oid, t.typtype, t.typbasetype, t.typtypmod,
    CASE WHEN chain.typtypmod >= 0 THEN chain.typtypmod ELSE chain.modifier END
  FROM chain JOIN pg_catalog.pg_type t ON t.oid = chain.typbasetype WHERE chain.typtype = 'd'
)
SELECT chain.asked, CASE WHEN n.nspname = 'pg_catalog' AND t.typtype = 'b' THEN t.typname ELSE '' END,
  pg_catalog.format_type(chain.asked, NULL), chain.modifier,
  CASE WHEN t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc THEN t.typelem ELSE 0 END
FROM chain JOIN pg_catalog.pg_type t ON t.oid = chain.oid JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE chain.typtype <> 'd'
"""
# A query has none in the catalog; the driver's are used for numeric itself.
_MODIFIERS = """
SELECT attname, atttypmod FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass(?) AND attnum > 0 AND NOT attisdropped
"""
_MOST_DIGITS = 1000
"""Maximum precision of a numeric; the driver gives other numbers where it does not know."""


def source_columns(query: Query, relation: str, described: Sequence[Described]) -> list[SourceColumn]:
    """Returns the columns of a relation, in its order.

    Args:
        query: asks the database.
        relation: what stands after FROM, without an alias.
        described: the driver's description of `SELECT * FROM relation`.
    """
    names = [f"c{index}" for index in range(len(described))]
    types = ", ".join(f"pg_catalog.pg_typeof(s.{name})::pg_catalog.oid" for name in names)
    # The types of no row, which costs nothing: PostgreSQL knows them without a value.
    ((oids),) = query(
        f"SELECT {types} FROM (SELECT 1) AS one "
        f"LEFT JOIN LATERAL (SELECT * FROM {relation} AS r LIMIT 0) AS s({', '.join(names)}) ON true"
    )
    known = _resolved(query, oids)
    elements = _resolved(query, [one.element for one in known.values() if one.element != "0"])
    modifiers = (
        {} if relation.startswith("(") else {name: int(modifier) for name, modifier in query(_MODIFIERS, relation)}
    )
    return [
        SourceColumn(one.name, _typed(known[oid], elements, modifiers.get(one.name, -1), one))
        for one, oid in zip(described, oids, strict=True)
    ]


@dataclass(frozen=True)
class _Resolved:
    name: str
    shown: str
    modifier: int
    element: str


def _resolved(query: Query, oids: Sequence[str]) -> dict[str, _Resolved]:
    rows = query(_RESOLVE, "{" + ",".join(sorted(set(oids))) + "}") if oids else []
    return {asked: _Resolved(name, shown, int(modifier), element) for asked, name, shown, modifier, element in rows}


def _typed(found: _Resolved, elements: dict[str, _Resolved], modifier: int, one: Described) -> ColumnType:
    if found.element != "0":
        element = elements[found.element]
        declared = element.modifier if element.modifier >= 0 else max(modifier, found.modifier)
        return ColumnType(found.name, found.shown, element=_with_digits(element, _digits(declared)))
    digits = _digits(found.modifier if found.modifier >= 0 else modifier)
    if digits is None and 0 < one.precision <= _MOST_DIGITS:
        digits = one.precision, _signed(one.scale)
    return _with_digits(found, digits)


def _with_digits(found: _Resolved, digits: tuple[int, int] | None) -> ColumnType:
    if found.name != "numeric" or digits is None:
        return ColumnType(found.name, found.shown)
    precision, scale = digits
    return ColumnType(found.name, f"{found.shown}({precision},{scale})", precision=precision, scale=scale)


def _digits(modifier: int) -> tuple[int, int] | None:
    """Returns precision and scale. Source: PostgreSQL, src/backend/utils/adt/numeric.c, "make_numeric_typmod"."""
    if modifier < 4:
        return None
    return ((modifier - 4) >> 16) & 0xFFFF, _signed(modifier - 4)


def _signed(scale: int) -> int:
    """Returns the lowest 11 bits as a number with a sign, which the driver does not see."""
    return ((scale & 0x7FF) ^ 0x400) - 0x400
