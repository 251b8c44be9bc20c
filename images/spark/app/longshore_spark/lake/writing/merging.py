"""Merges rows into a table of the lake: updates the given columns of known rows, and inserts new rows."""

from collections.abc import Iterable, Mapping, Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.checking.schema_rules import Plan
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.spark.names import folded, spark_quoted, spark_table

_SHOWN = 3


def merge_statement(transfer: Transfer, view: str, given: Sequence[str], columns: Mapping[str, str]) -> str:
    """Returns the lake's MERGE INTO statement. NULL keys are equal to each other.

    Args:
        view: the rows, with the target's names for their columns.
        given: these names.
        columns: all of the target's, and their values in new rows that do not give one.
    """
    key = _of_key(given, transfer)
    on = " AND ".join(f"target.{spark_quoted(column)} <=> source.{spark_quoted(column)}" for column in key)
    sets = ", ".join(
        f"target.{spark_quoted(column)} = source.{spark_quoted(column)}" for column in given if column not in key
    )
    names = ", ".join(map(spark_quoted, columns))
    values = ", ".join(f"source.{spark_quoted(name)}" if name in given else value for name, value in columns.items())
    return (
        f"MERGE INTO {spark_table(transfer.target)} AS target USING {spark_quoted(view)} AS source ON {on} "
        + (f"WHEN MATCHED THEN UPDATE SET {sets} " if sets else "")
        + f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def check_target_key(spark: SparkSession, rows: DataFrame, transfer: Transfer, planned: Plan) -> None:
    """Checks that the target has no key of the rows twice, since either row might be meant.

    Raises:
        SinkError: naming some of the keys.
    """
    there = {name: planned.given[name] for name in _of_key(planned.given, transfer)}
    keys = spark.table(spark_table(transfer.target)).select(
        [F.col(spark_quoted(name)).alias(f"k{at}") for at, name in enumerate(there)]
    )
    given = rows.select([F.col(spark_quoted(name)).alias(f"s{at}") for at, name in enumerate(there.values())])
    same = [F.col(f"k{at}").eqNullSafe(F.col(f"s{at}")) for at in range(len(there))]
    found = keys.join(given, same, "left_semi").groupBy(*keys.columns).agg(F.count(F.lit(1)).alias("n"))
    if twice := found.where("n > 1").limit(_SHOWN).collect():
        shown = "; ".join(", ".join(f"{column}={row[at]!r}" for at, column in enumerate(there)) for row in twice)
        raise SinkError(
            f"The table {transfer.target!r} has several rows of one key ({shown}), and which of them is meant is not "
            "known; make the key unique there, or use another."
        )


def completed(
    spark: SparkSession, rows: DataFrame, transfer: Transfer, planned: Plan, values: Mapping[str, str]
) -> DataFrame:
    """Returns the rows, and the values of the columns that they do not give, of the target's rows of the same key.

    The target is read as it is, not at its snapshot, which has the columns of the time when that was written. What
    others write to it meanwhile makes the overwrite fail.

    Args:
        values: of these columns in new rows, as Spark's SQL.
    """
    if not planned.absent:
        return rows.select([F.col(spark_quoted(source)).alias(name) for name, source in planned.given.items()])
    key = _of_key(planned.given, transfer)
    # Each side is one column, for the names of theirs may be any.
    given = rows.select(_together(planned.given).alias("given"))
    there = spark.table(spark_table(transfer.target)).select(
        _together({name: name for name in (*key, *planned.absent)}).alias("there")
    )
    same = [_in("there", name).eqNullSafe(_in("given", name)) for name in key]
    known = F.col("there").isNotNull()
    return given.join(there, same, "left").select(
        [_in("given", name).alias(name) for name in planned.given]
        + [F.when(known, _in("there", name)).otherwise(F.expr(values[name])).alias(name) for name in planned.absent]
    )


def _together(names: Mapping[str, str]) -> Column:
    return F.struct(*(F.col(spark_quoted(source)).alias(name) for name, source in names.items()))


def _in(side: str, name: str) -> Column:
    return F.col(f"{side}.{spark_quoted(name)}")


def _of_key(names: Iterable[str], transfer: Transfer) -> list[str]:
    """Returns those of the target's columns that are the transfer's key."""
    key = {folded(column) for column in transfer.key}
    return [name for name in names if folded(name) in key]
