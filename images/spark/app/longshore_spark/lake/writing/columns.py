"""The columns of a lake's table beside those of the rows that are written to it."""

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark
from pyspark.sql import types as T  # noqa: N812

from longshore_spark.checking.schema_rules import Plan, identity
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.spark.names import spark_quoted

_NULL = "NULL"


def defaults(columns: T.StructType) -> dict[str, str]:
    """Returns each column's value in rows that do not give one, as Spark's SQL: NULL, or Iceberg's write default."""
    return {field.name: str(field.metadata.get("CURRENT_DEFAULT", _NULL)) for field in columns.fields}


def type_names(columns: T.StructType) -> dict[str, str]:
    """Returns Spark's names of the columns' types, by the columns' names."""
    return {field.name: field.dataType.simpleString() for field in columns.fields}


def check_absent(planned: Plan, columns: T.StructType, transfer: Transfer) -> None:
    """Checks that no column that the source lacks is required and has no default.

    Raises:
        SinkError: naming the column.
    """
    known = defaults(columns)
    needed = [name for name in planned.absent if not columns[name].nullable and known[name] == _NULL]
    if needed:
        raise SinkError(
            f"The source of {transfer.target!r} has no column {needed[0]!r}, which may not be NULL in the table; give "
            "it by SQL, or make it optional in the table."
        )


def changed_columns(rows: DataFrame, planned: Plan | None) -> T.StructType | None:
    """Returns the columns to add or widen, all columns of a missing table; none of them is required.

    Raises:
        SinkError: a column has no type.
    """
    types = {field.name: field.dataType for field in rows.schema.fields}
    if planned is None:
        wanted: dict[str, Any] = types
    else:
        wanted = {name: types[name] for name in planned.added}
        wanted |= {name: T._parse_datatype_string(kind) for name, kind in planned.widened.items()}
    for name, kind in wanted.items():
        if isinstance(kind, T.NullType):
            raise SinkError(f"The column {name!r} of the source has no type, only NULLs; cast it to one by SQL.")
    return T.StructType([T.StructField(name, _nullable(kind), True) for name, kind in wanted.items()]) or None


def _nullable(kind: T.DataType) -> T.DataType:
    if isinstance(kind, T.ArrayType):
        return T.ArrayType(_nullable(kind.elementType), True)
    if isinstance(kind, T.MapType):
        return T.MapType(_nullable(kind.keyType), _nullable(kind.valueType), True)
    if isinstance(kind, T.StructType):
        return T.StructType([T.StructField(one.name, _nullable(one.dataType), True) for one in kind.fields])
    return kind


def arranged(rows: DataFrame, planned: Plan | None, columns: T.StructType, *, given_only: bool = False) -> DataFrame:
    """Returns the rows with the table's columns, in its order and of its types; what they lack has its default."""
    given, otherwise = (planned or identity(rows.columns)).given, defaults(columns)
    return rows.select(
        [
            (F.col(spark_quoted(given[field.name])) if field.name in given else F.expr(otherwise[field.name]))
            .cast(field.dataType)
            .alias(field.name)
            for field in columns.fields
            if field.name in given or not given_only
        ]
    )
