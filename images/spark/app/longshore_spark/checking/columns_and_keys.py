"""Checks of a source's columns and keys, before anything is written."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.exceptions import SinkError, SourceError
from longshore_spark.spark.names import folded, spark_quoted

_SHOWN = 3


def check_names(columns: Sequence[str], source: str) -> None:
    """Checks that there are columns, and that Spark and the lake can tell them apart: they read A and a as one.

    Args:
        source: as a message calls it: `The source …`.

    Raises:
        SourceError: naming two columns.
    """
    if not columns:
        raise SourceError(f"{source} has no columns; there is nothing to move.")
    seen: dict[str, str] = {}
    for column in columns:
        if (other := seen.get(folded(column))) is not None:
            raise SourceError(
                f"{source} has the columns {other!r} and {column!r}, which the lake cannot tell apart; use SQL that "
                "gives one of them another name."
            )
        seen[folded(column)] = column


def check_key(rows: DataFrame, key: Sequence[str], target: str) -> None:
    """Checks that the key's columns exist, and that no two rows share a key, since either of them might win.

    Raises:
        SinkError: naming the columns, or some repeated keys.
    """
    if missing := [column for column in key if column not in rows.columns]:
        raise SinkError(
            f"The key's columns {', '.join(map(repr, missing))} are not in the source of {target!r}; it has "
            f"{', '.join(map(repr, rows.columns))}."
        )
    keys = rows.select([F.col(spark_quoted(column)).alias(f"k{at}") for at, column in enumerate(key)])
    counted = keys.groupBy(*keys.columns).agg(F.count(F.lit(1)).alias("n"))
    if twice := counted.where("n > 1").limit(_SHOWN).collect():
        shown = "; ".join(", ".join(f"{column}={row[at]!r}" for at, column in enumerate(key)) for row in twice)
        raise SinkError(f"The source of {target!r} has several rows of one key ({shown}); make the key unique.")
