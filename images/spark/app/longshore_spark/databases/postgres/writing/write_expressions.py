"""Expressions that write each of the lake's types, and the types of their columns. Pure but for Spark's types.

Dates and times go as text, which the database casts: the driver would take them through Java's calendars and zones.
"""

from dataclasses import dataclass

from pyspark.sql import types as T  # noqa: N812  as everywhere with Spark

from longshore_spark.exceptions import SinkError
from longshore_spark.spark.names import spark_literal, spark_quoted

_SAME: dict[type[T.DataType], str] = {
    T.BooleanType: "boolean",
    T.ByteType: "smallint",
    T.ShortType: "smallint",
    T.IntegerType: "integer",
    T.LongType: "bigint",
    T.FloatType: "real",
    T.DoubleType: "double precision",
    T.BinaryType: "bytea",
}


@dataclass(frozen=True)
class Writing:
    """One column of the lake in a database."""

    type: str
    """PostgreSQL's, as its format_type writes it."""
    value: str
    """An expression of Spark's for what is handed over: a value of that type, or its text."""
    as_text: bool = False
    """True: its text, though the column's type is another."""


def writing(column: str, kind: T.DataType) -> Writing:
    """Returns the expression that writes a column.

    Raises:
        SinkError: its type has no equal in PostgreSQL; with the column and the way out.
    """
    name = spark_quoted(column)
    if isinstance(kind, T.ArrayType):
        element = _one(column, "x", kind.elementType)
        quoted = f"concat('\"', replace(replace({_text('x', element)}, '\\\\', '\\\\\\\\'), '\"', '\\\\\"'), '\"')"
        joined = f"array_join(transform({name}, x -> coalesce({quoted}, 'NULL')), ',')"
        return Writing(f"{element.type}[]", f"concat('{{', {joined}, '}}')", as_text=True)
    return _one(column, name, kind)


def _one(column: str, value: str, kind: T.DataType) -> Writing:
    if type(kind) in _SAME:
        return Writing(_SAME[type(kind)], value)
    if isinstance(kind, T.DecimalType):
        return Writing(f"numeric({kind.precision},{kind.scale})", value)
    if isinstance(kind, T.StringType | T.CharType | T.VarcharType):
        found = f"instr({value}, char(0)) > 0"
        return Writing(
            "text", _refused(column, value, found, "a character with the code 0, which PostgreSQL's text cannot hold")
        )
    times: dict[type[T.DataType], tuple[str, str]] = {
        T.DateType: ("date", "''"),
        T.TimestampNTZType: ("timestamp without time zone", "''"),
        T.TimestampType: ("timestamp with time zone", "'+00'"),
    }
    if type(kind) in times:
        type_, zone = times[type(kind)]
        # The session's zone is UTC. Spark writes a sign before years of five digits, PostgreSQL does not.
        text = f"concat(trim(LEADING '+' FROM cast({value} AS string)), {zone})"
        before = f"{value} < date '0001-01-01'"
        refused = _refused(column, text, before, "a time before the year 1", shown=value)
        return Writing(type_, refused, as_text=True)
    raise SinkError(
        f"The column {column!r} has the type {kind.simpleString()}, for which PostgreSQL has no equal; "
        f"take it apart in SQL, or write it as text, such as to_json({spark_quoted(column)})."
    )


def _text(value: str, element: Writing) -> str:
    if element.type == "bytea":
        return f"concat('\\\\x', hex({value}))"
    return f"cast({element.value} AS string)"


def _refused(column: str, value: str, condition: str, what: str, shown: str | None = None) -> str:
    sentence = spark_literal(f"The column '{column}' holds {what}")
    if shown is not None:
        sentence = f"concat({sentence}, ': ', cast({shown} AS string))"
    return f"CASE WHEN {condition} THEN raise_error({sentence}) ELSE {value} END"
