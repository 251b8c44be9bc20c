"""Expressions that read each of PostgreSQL's types exactly, or refuse a value. Pure.

The driver turns dates, times and decimals into Java's, through zones, calendars and rounding. So the database sends
only what has one meaning (whole numbers, texts, bytes, decimals that fit), and reports itself, with column and value,
what does not fit.
"""

from dataclasses import dataclass, replace

from longshore_spark.command_line.column_options import NO_OPTION, ColumnOption
from longshore_spark.databases.postgres.faults import fault
from longshore_spark.databases.postgres.reading.column_types import ColumnType, SourceColumn
from longshore_spark.exceptions import SourceError

WIDEST = 38
"""Digits of the lake's widest decimal (Iceberg, "Primitive types")."""
FREE_SCALE = 18
"""Digits after the point of a `numeric` that declares none."""
V = "\0"
"""Stands for the value in an expression. No name and no literal of PostgreSQL's can hold it."""


@dataclass(frozen=True)
class Reading:
    """One value: what the database evaluates, and what the lake makes of it."""

    sql: str
    """An expression of PostgreSQL's over V."""
    type: str
    """Its type."""
    lake: str = V
    """An expression of Spark's over the driver's value."""
    fits: str | None = None
    """A condition of PostgreSQL's: without it the value cannot be moved. None: every value can."""
    must_be: str = ""
    """The condition in words, for messages."""
    ways_out: tuple[str, ...] = ("text",)
    """Options by which values move that do not fit."""
    null_if: tuple[str, ...] = ()
    """Conditions of PostgreSQL's under which NULL was asked for instead."""


_TEXT = Reading(f"{V}::text", "text")
_SAME = {
    name: Reading(V, type_)
    for name, type_ in (
        ("bool", "boolean"),
        ("int2", "smallint"),
        ("int4", "integer"),
        ("int8", "bigint"),
        ("float4", "real"),
        ("float8", "double precision"),
        ("bytea", "bytea"),
    )
} | {"oid": Reading(f"{V}::int8", "bigint")}
# Whole numbers throughout: microseconds are too large for the double that extract() gave before PostgreSQL 14.
_MICROSECONDS = (
    f"(extract(epoch FROM date_trunc('second', {V}))::int8 * 1000000 + extract(microseconds FROM {V})::int8 % 1000000)"
)
_INFINITE = f"{V}::text IN ('Infinity', '-Infinity', 'infinity', '-infinity')"


def _time(sql: str, type_: str, lake: str, kind: str, zone: str = "") -> Reading:
    return Reading(
        sql,
        type_,
        lake,
        fits=f"{V} >= {kind} '0001-01-01{zone}' AND {V} < {kind} '10000-01-01{zone}'",
        must_be="a finite one of the years 1 to 9999",
        ways_out=("text", "infinity as null", "out of range as null"),
    )


_TIMES = {
    "date": _time(f"({V} - date '1970-01-01')", "integer", f"date_from_unix_date({V})", "date"),
    # The session's zone is UTC, in which every microsecond has a time of its own.
    "timestamp": _time(_MICROSECONDS, "bigint", f"cast(timestamp_micros({V}) AS timestamp_ntz)", "timestamp"),
    "timestamptz": _time(_MICROSECONDS, "bigint", f"timestamp_micros({V})", "timestamptz", " 00:00+00"),
}
_LOSSES = {
    "numeric": {"infinity as null", "nan as null", "rounded"},
    **{name: {"infinity as null", "out of range as null"} for name in _TIMES},
}


def reading(column: SourceColumn, option: ColumnOption = NO_OPTION) -> tuple[str, str]:
    """PostgreSQL's expression for a column, and Spark's for what the driver makes of it; both over V.

    Raises:
        SourceError: its type, or the option, cannot be moved exactly; with the column and the ways out.
    """
    kind = column.type
    if kind.element is None or option.type == "text":
        found = _value(column, kind, option)
        return _checked(column, found), found.lake
    found = _value(column, kind.element, option)
    # Only plain arrays are moved: others would lose their bounds or dimensions.
    plain = f"array_ndims({V}) IS NULL OR (array_ndims({V}) = 1 AND array_lower({V}, 1) = 1)"
    each = _checked(column, found)
    # unnest() splits composites into columns, so arrays of composites are read by position.
    elements = f"unnest({V}) WITH ORDINALITY AS u(e, n)" if kind.element.name else f"generate_subscripts({V}, 1) AS n"
    each = each.replace(V, "e" if kind.element.name else f"({V})[n]")
    if found.type.startswith("numeric"):  # the driver does not tell Spark the digits of an array's elements
        decimal = found.type.replace("numeric", "decimal")
        each, found = f"({each})::text", replace(found, type="text", lake=f"cast({V} AS {decimal})")
    array = f"ARRAY(SELECT {each} FROM {elements} ORDER BY n)"
    sentence = fault(column.name, kind.shown, V, "must have one dimension, counted from 1", _ways(column, ["text"]))
    sql = f"(CASE WHEN {plain} THEN {array} ELSE ({sentence})::{found.type}[] END)::{found.type}[]"
    sql = f"CASE WHEN {V} IS NOT NULL THEN {sql} END"
    return sql, V if found.lake == V else f"transform({V}, x -> {found.lake.replace(V, 'x')})"


def _value(column: SourceColumn, kind: ColumnType, option: ColumnOption) -> Reading:
    if option.type == "text" and not option.losses:
        return _TEXT
    if strange := sorted(option.losses - _LOSSES.get(kind.name, set())):
        raise _impossible(column, strange[0])
    if option.type == "text":
        if "rounded" in option.losses:
            raise _impossible(column, option.text)
        found = _TEXT
    elif kind.name == "numeric":
        found = _numeric(column, kind, option)
    elif kind.name == "time" and option.type == "microseconds":
        found = Reading(f"round(extract(epoch FROM {V}) * 1000000)::int8", "bigint")
    elif option.type not in (None, kind.name):
        raise _impossible(column, str(option.type))
    else:
        found = _TIMES.get(kind.name) or _SAME.get(kind.name, _TEXT)
    conditions = {
        "infinity as null": _INFINITE,
        "nan as null": f"{V} = 'NaN'",
        "out of range as null": f"NOT ({_TIMES.get(kind.name, found).fits}) AND NOT {_INFINITE}",
    }
    null_if = tuple(condition for loss, condition in conditions.items() if loss in option.losses)
    return replace(found, null_if=null_if, ways_out=tuple(way for way in found.ways_out if way not in option.losses))


def _numeric(column: SourceColumn, kind: ColumnType, option: ColumnOption) -> Reading:
    if option.type == "double":
        return Reading(f"{V}::float8", "double precision")
    if option.type is not None and option.digits is None:
        raise _impossible(column, option.type)
    precision, scale = option.digits or _digits(column, kind)
    decimal = f"{precision},{scale}"
    value = f"round({V}, {scale})"
    # NaN and infinity are greater than every number.
    small = f"abs({V if 'rounded' not in option.losses else value}) < 1e{precision - scale}"
    return Reading(
        value,
        f"numeric({decimal})",
        fits=small if "rounded" in option.losses else f"{small} AND {V} = {value}",
        must_be=f"a number that decimal({decimal}) holds" + ("" if "rounded" in option.losses else " exactly"),
        ways_out=("text", f"decimal({decimal}), rounded", "nan as null", "infinity as null"),
    )


def _digits(column: SourceColumn, kind: ColumnType) -> tuple[int, int]:
    if kind.precision is None or kind.scale is None:
        return WIDEST, FREE_SCALE
    # numeric(5,-2) holds 7 digits before the point, numeric(2,5) five after it.
    scale = max(kind.scale, 0)
    precision = max(kind.precision - min(kind.scale, 0), scale)
    if precision > WIDEST:
        narrower = f"decimal({WIDEST},{min(scale, 20)})"
        raise SourceError(
            f"The column {column.name!r} has the type {column.type.shown}, and the lake's decimals have {WIDEST} "
            f"digits; {_ways(column, [narrower, 'text'])}. Each value is checked."
        )
    return precision, scale


def _checked(column: SourceColumn, found: Reading) -> str:
    cases = [f"WHEN {condition} THEN NULL" for condition in found.null_if]
    if found.fits is None:
        return f"(CASE {' '.join(cases)} ELSE {found.sql} END)::{found.type}" if cases else found.sql
    sentence = fault(column.name, column.type.shown, V, f"must be {found.must_be}", _ways(column, found.ways_out))
    cases = [f"WHEN {V} IS NULL THEN NULL", *cases, f"WHEN {found.fits} THEN {found.sql}"]
    return f"(CASE {' '.join(cases)} ELSE ({sentence})::{found.type} END)::{found.type}"


def _impossible(column: SourceColumn, option: str) -> SourceError:
    return SourceError(
        f"The column {column.name!r} has the type {column.type.shown}, for which {option!r} cannot be declared; "
        f"{_ways(column, ['text'])}."
    )


def _ways(column: SourceColumn, options: "list[str] | tuple[str, ...]") -> str:
    return "declare " + " or ".join(f'columns={{"{column.name}": "{option}"}}' for option in options)
