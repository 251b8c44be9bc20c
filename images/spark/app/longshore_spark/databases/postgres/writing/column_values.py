"""Columns of PostgreSQL that take staged values unchanged, and the SQL that checks them. Pure.

Beside types that hold each other's values always (`exact_types`) there are those that hold some: a text may be a uuid,
a time of microseconds may be one of milliseconds. Whether all staged values are such is asked of the database: cast
there and back, they must be the same.
"""

import re

from longshore_spark.checking.exact_types import holds_exactly
from longshore_spark.databases.postgres.quoting import quoted

# A number or a time in a text is a mistake in the source's SQL more often than not.
_NOT_FROM_TEXT = re.compile(
    r"(smallint|integer|bigint|real|double precision|numeric|money|boolean|bytea|date|timestamp)\b.*"
)
_TIMES = re.compile(r"timestamp(?:\(\d\))? (with|without) time zone")


def holds(column: str, source: str) -> bool:
    """Returns True if a column takes values of the source's type, or may take them (then `differing` checks them).

    Args:
        column, source: types, as PostgreSQL's format_type writes them.
    """
    if holds_exactly(column, source):
        return True
    if column.endswith("[]") and source.endswith("[]"):
        return holds(column[:-2], source[:-2])
    if source == "text":  # arrays are staged as arrays
        return _NOT_FROM_TEXT.fullmatch(column) is None and not column.endswith("[]")
    times, given = _TIMES.fullmatch(column), _TIMES.fullmatch(source)
    return times is not None and given is not None and times[1] == given[1]


def differing(column: str, source: str, staged: str) -> str | None:
    """Returns a condition that is true for staged values that the column would change, and an error for refused ones.

    Args:
        staged: the value's column in the staging table.

    Returns:
        None: there is no such value.
    """
    if column == source or (holds_exactly(column, source) and not column.startswith("character")):
        return None
    name = quoted(staged)
    there = f"{name}::{column}"
    if column == "jsonb":  # jsonb keeps neither order nor blanks, so any JSON fits
        return f"{there} IS NULL AND {name} IS NOT NULL"
    if column == "uuid":
        return f"{there}::text IS DISTINCT FROM pg_catalog.lower({name})"
    return f"{there}::{source} IS DISTINCT FROM {name}"
