"""Expressions that write each of the lake's types, and the types of their columns. Pure but for Spark's types.

`SentValue` (Java) sends the values in PostgreSQL's binary form, which no calendar, time zone or setting of a session
changes. Values that the database would take for others, or refuse without the column's name, are refused here.
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
_TIMES: dict[type[T.DataType], str] = {
    T.DateType: "date",
    T.TimestampNTZType: "timestamp without time zone",
    T.TimestampType: "timestamp with time zone",
}


@dataclass(frozen=True)
class Writing:
    """One column of the lake in a database."""

    type: str
    """PostgreSQL's, as its format_type writes it."""
    value: str
    """An expression of Spark's for the value, which is refused by it where the type does not have it."""


def writing(column: str, kind: T.DataType) -> Writing:
    """Returns the expression that writes a column.

    Raises:
        SinkError: its type has no equal in PostgreSQL; with the column and the way out.
    """
    name = spark_quoted(column)
    if isinstance(kind, T.ArrayType):
        element = _one(column, "x", kind.elementType)
        value = name if element.value == "x" else f"transform({name}, x -> {element.value})"
        return Writing(f"{element.type}[]", value)
    return _one(column, name, kind)


def _one(column: str, value: str, kind: T.DataType) -> Writing:
    if type(kind) in _SAME:
        return Writing(_SAME[type(kind)], value)
    if isinstance(kind, T.DecimalType):
        return Writing(f"numeric({kind.precision},{kind.scale})", value)
    if isinstance(kind, T.StringType | T.CharType | T.VarcharType):
        no_utf8 = _refused(column, value, f"NOT is_valid_utf8({value})", "a text that is not valid UTF-8")
        nul = "a character with the code 0, which PostgreSQL's text cannot hold"
        return Writing("text", _refused(column, no_utf8, f"instr({value}, char(0)) > 0", nul))
    if type(kind) in _TIMES:
        checked = _refused(column, value, f"{value} < date '0001-01-01'", "a time before the year 1", shown=value)
        if isinstance(kind, T.DateType):
            late = "a date after the last one of PostgreSQL's"
            checked = _refused(column, checked, f"{value} > date '+5874897-12-31'", late, shown=value)
        return Writing(_TIMES[type(kind)], checked)
    raise SinkError(
        f"The column {column!r} has the type {kind.simpleString()}, for which PostgreSQL has no equal; "
        f"take it apart in SQL, or write it as text, such as to_json({spark_quoted(column)})."
    )


def _refused(column: str, value: str, condition: str, what: str, shown: str | None = None) -> str:
    sentence = spark_literal(f"The column '{column}' holds {what}")
    if shown is not None:
        sentence = f"concat({sentence}, ': ', cast({shown} AS string))"
    return f"CASE WHEN {condition} THEN raise_error({sentence}) ELSE {value} END"
