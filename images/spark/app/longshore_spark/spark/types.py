"""Spark's types by their names, without a session. Pure."""

import re

from pyspark.sql import types as T  # noqa: N812  as everywhere with Spark

_SIMPLE: dict[str, T.DataType] = {
    kind().simpleString(): kind()
    for kind in (
        *(T.BooleanType, T.ByteType, T.ShortType, T.IntegerType, T.LongType, T.FloatType, T.DoubleType),
        *(T.StringType, T.BinaryType, T.DateType, T.TimestampType, T.TimestampNTZType),
    )
}


def parsed_type(name: str) -> T.DataType:
    """Returns the type of this name: a plain one, a decimal, or an array of these.

    Raises:
        ValueError: it is none of them.
    """
    if found := re.fullmatch(r"array<(.*)>", name):
        return T.ArrayType(parsed_type(found[1]))
    if found := re.fullmatch(r"decimal\((\d+),(\d+)\)", name):
        return T.DecimalType(int(found[1]), int(found[2]))
    if name not in _SIMPLE:
        raise ValueError(f"{name!r} is no plain type of Spark's")
    return _SIMPLE[name]
