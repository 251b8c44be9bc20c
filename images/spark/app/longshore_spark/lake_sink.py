"""Writes to a table of the lake. Each mode is one commit of Iceberg's: it happened whole, or not at all."""

from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everywhere with Spark

from longshore_spark.arguments import Transfer
from longshore_spark.exceptions import SinkError
from longshore_spark.races import create_missing
from longshore_spark.results import Side
from longshore_spark.sql import lake_merge

_VIEW = "longshore_source"


def write_lake(spark: SparkSession, rows: DataFrame, transfer: Transfer) -> tuple[int, Side]:
    """Writes `rows` to the target as the mode says.

    Returns:
        How many rows were read, and what the table says of the write.

    Raises:
        SinkError: a key's column is missing, or a key is there twice.
    """
    namespace = transfer.target.rsplit(".", 1)[0]
    create_missing(lambda: spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {namespace}"))
    exists = spark.catalog.tableExists(transfer.target)
    if transfer.mode == "merge":
        read = _merge(spark, rows, transfer, exists)
        summary = _summary(spark, transfer.target)
        # A merge rewrites files: how many rows those hold says nothing of how many were changed or added.
        return read, Side(name=transfer.target, rows=read, total_rows=summary.get("total-records", 0))
    # Counted while they pass by: a count of its own would read the source a second time.
    counted = Observation("source")
    passing = rows.observe(counted, F.count(F.lit(1)).alias("rows"))
    if transfer.mode == "append" and exists:
        passing.writeTo(transfer.target).append()
    else:
        # Also of a table that is there: readers see the old one until the new one is committed in its place.
        passing.writeTo(transfer.target).using("iceberg").createOrReplace()
    summary = _summary(spark, transfer.target)
    written = Side(
        name=transfer.target, rows=summary.get("added-records", 0), total_rows=summary.get("total-records", 0)
    )
    return int(counted.get["rows"]), written


def check_key(rows: DataFrame, key: tuple[str, ...], target: str) -> None:
    """Checks that the key's columns are there and that no two rows share a key: which of them would win is chance.

    Raises:
        SinkError: naming the columns, or some keys that are there twice.
    """
    missing = [column for column in key if column not in rows.columns]
    if missing:
        raise SinkError(f"The key's columns {', '.join(missing)} are not in the source of {target!r}.")
    twice = rows.groupBy(*key).count().where("count > 1").limit(3).collect()
    if twice:
        shown = "; ".join(", ".join(f"{column}={row[column]!r}" for column in key) for row in twice)
        raise SinkError(f"The source of {target!r} has several rows of one key ({shown}); make the key unique.")


def _merge(spark: SparkSession, rows: DataFrame, transfer: Transfer, exists: bool) -> int:
    # Kept: counted, checked and merged must be the same rows, also of a source that changes meanwhile.
    kept = rows.persist()
    try:
        count = kept.count()
        check_key(kept, transfer.key, transfer.target)
        if exists:
            kept.createOrReplaceTempView(_VIEW)
            spark.sql(lake_merge(transfer.target, _VIEW, transfer.key))
        else:
            kept.writeTo(transfer.target).using("iceberg").create()
        return count
    finally:
        kept.unpersist()


def _summary(spark: SparkSession, table: str) -> dict[str, int]:
    jvm: Any = spark._jvm
    loaded = jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
    snapshot = loaded.currentSnapshot()
    if snapshot is None:  # a table that was made empty has none
        return {}
    return {key: int(value) for key, value in dict(snapshot.summary()).items() if key.endswith("-records")}
