"""Splits a parallel read by predicates that together hold every row exactly once. Pure.

They are partitions, never filters: the first has no lower and the last no upper bound, NULLs are in the first.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

PAGES_WORTH_SPLITTING = 64
"""Below this many pages (8 KiB each) a second connection costs more than it saves."""

# Types by the names that PostgreSQL's catalog gives them; SQL knows them, too.
_WHOLE = {"int2", "int4", "int8"}
_FRACTION = {"numeric", "float4", "float8"}
_TIME = {"timestamp", "timestamptz"}


def page_predicates(column: str, pages: int, partitions: int) -> list[str]:
    """Predicates over the places of rows in a PostgreSQL table, none for a table too small to split.

    A TID range scan reads each page once, needs no index and knows no skew (PostgreSQL 14, "TID Range Scan"). A row has
    one place only within one snapshot, and while the table is not rewritten.

    Args:
        column: `ctid`, as the statement calls it.
    """
    if pages < PAGES_WORTH_SPLITTING or partitions < 2:
        return []
    bounds = [pages * index // partitions for index in range(1, partitions)]
    return _between(column, [f"'({bound},0)'::tid" for bound in bounds], nulls=False)


def range_predicates(column: str, kind: str, low: str | None, high: str | None, partitions: int) -> list[str]:
    """Predicates over a column's range, none where there is nothing to split.

    Args:
        column: the column as SQL writes it.
        kind: its type, as the catalog names it.
        low, high: its least and greatest value as PostgreSQL's text, None where all are NULL.

    Raises:
        ValueError, ArithmeticError: the bounds are not finite.
    """
    if low is None or high is None or partitions < 2:
        return []
    parse, write = _reader(kind)
    first, last = parse(low), parse(high)
    bounds = [_at(kind, first, last, index, partitions) for index in range(1, partitions)]
    # More partitions than values would give the same bound twice, or one that leaves the first partition empty.
    distinct = sorted({bound for bound in bounds if first < bound <= last})
    return _between(column, [f"'{write(bound)}'::{kind}" for bound in distinct], nulls=True) if distinct else []


def splittable(kind: str) -> bool:
    """Returns True if a column of this type has bounds to split at."""
    return kind in _WHOLE | _FRACTION | _TIME | {"date"}


def _between(column: str, bounds: list[str], *, nulls: bool) -> list[str]:
    first = f"{column} < {bounds[0]}" + (f" OR {column} IS NULL" if nulls else "")
    middle = [f"{column} >= {low} AND {column} < {high}" for low, high in pairwise(bounds)]
    return [first, *middle, f"{column} >= {bounds[-1]}"]


def _reader(kind: str) -> tuple[Callable[[str], Any], Callable[[Any], str]]:
    if kind == "date":
        return date.fromisoformat, date.isoformat
    if kind in _TIME:
        return datetime.fromisoformat, datetime.isoformat
    return Decimal, str


def _at(kind: str, first: Any, last: Any, index: int, partitions: int) -> Any:
    span = last - first
    if kind == "date":
        return first + timedelta(days=span.days * index // partitions)
    if kind in _WHOLE:
        return first + Decimal(int(span) * index // partitions)
    return first + span * index / partitions
