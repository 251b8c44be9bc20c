"""The Spark application of the sizing benchmark: runs one of the jobs, and prints a number that follows from all rows.

spark-submit application.py JOB INPUT OUTPUT
"""

# ruff: noqa: T201  its result is printed
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f


def sort_merge_join(rows: DataFrame, _output: Path) -> float:
    """Joins the rows with their accounts' totals, without a broadcast."""
    totals = rows.groupBy("account").agg(f.sum("amount").alias("total"), f.max("note").alias("last"))
    joined = rows.hint("merge").join(totals, "account")
    return joined.agg(f.sum(f.col("total") - f.col("amount")), f.max("last")).first()[0]


def broadcast_join(rows: DataFrame, _output: Path) -> float:
    """Joins the rows with a tenth of them, which goes to each executor."""
    named = rows.where("id % 10 = 0").select("account", f.col("note").alias("name"))
    return rows.join(f.broadcast(named), "account").agg(f.sum(f.length("name"))).first()[0]


def aggregation(rows: DataFrame, _output: Path) -> float:
    """Aggregates by a key of many values."""
    grouped = rows.groupBy("account", "shop").agg(f.count("*").alias("n"), f.sum("amount").alias("s"), f.max("note"))
    return grouped.agg(f.sum(f.col("n") * f.col("s"))).first()[0]


def skewed_join(rows: DataFrame, _output: Path) -> float:
    """Joins by a key that half of the rows share, with Spark's own mending of skew switched off."""
    rows.sparkSession.conf.set("spark.sql.adaptive.enabled", "false")
    shops = rows.groupBy("shop").agg(f.avg("amount").alias("mean"))
    return rows.hint("merge").join(shops, "shop").agg(f.sum(f.abs(f.col("amount") - f.col("mean")))).first()[0]


def collected_groups(rows: DataFrame, _output: Path) -> float:
    """Collects each shop's amounts into one array; the largest has half of all."""
    lists = rows.groupBy("shop").agg(f.collect_list("amount").alias("amounts"))
    return lists.agg(f.sum(f.size("amounts"))).first()[0]


def ranked_window(rows: DataFrame, _output: Path) -> float:
    """Ranks each shop's rows by their amount."""
    ranked = rows.selectExpr("amount", "note", "rank() OVER (PARTITION BY shop ORDER BY amount, note) AS place")
    return ranked.agg(f.sum("place")).first()[0]


def cached(rows: DataFrame, _output: Path) -> float:
    """Keeps the rows in memory and reads them three times."""
    kept = rows.persist(StorageLevel.MEMORY_AND_DISK)
    return sum(kept.where(f"id % {n} = 0").agg(f.sum("amount")).first()[0] for n in (1, 2, 3))


def python_udf(rows: DataFrame, _output: Path) -> float:
    """Calls a Python function for each row; each worker keeps a table of a million numbers."""

    def looked_up(account: int) -> int:
        table = globals().setdefault("_table", {n: n * 7 for n in range(1_000_000)})
        return table[account % 1_000_000]

    return rows.select(f.udf(looked_up, "long")("account").alias("found")).agg(f.sum("found")).first()[0]


def pandas_groups(rows: DataFrame, _output: Path) -> float:
    """Hands whole groups to pandas."""

    def ranks(group):
        return group.assign(rank=group["amount"].rank()).groupby("bucket", as_index=False)["rank"].sum()

    buckets = rows.selectExpr("CAST(account % 16 AS long) AS bucket", "amount", "note")
    return buckets.groupBy("bucket").applyInPandas(ranks, "bucket long, rank double").agg(f.sum("rank")).first()[0]


def wide_rows(rows: DataFrame, _output: Path) -> float:
    """Sorts rows of 20 kB."""
    ordered = rows.repartition(8, "shelf").sortWithinPartitions("chapter_3", "chapter_7")
    return ordered.selectExpr(*(f"length(chapter_{n}) AS n{n}" for n in range(20))).agg(f.sum("n3")).first()[0]


def exploded(rows: DataFrame, _output: Path) -> float:
    """Makes forty rows of each and counts the pairs that are left."""
    items = rows.select("id", f.explode("items").alias("item"))
    return items.groupBy("item").agg(f.approx_count_distinct("id").alias("n")).agg(f.sum("n")).first()[0]


def collected_to_driver(rows: DataFrame, _output: Path) -> float:
    """Brings all rows to the driver."""
    return sum(row["amount"] for row in rows.select("account", "amount", "note").collect())


def written_partitions(rows: DataFrame, output: Path) -> float:
    """Writes the rows into a folder for each of twenty keys."""
    rows.withColumn("part", f.col("account") % 20).write.mode("overwrite").partitionBy("part").parquet(output.as_uri())
    return rows.sparkSession.read.parquet(output.as_uri()).count()


def tiny(rows: DataFrame, _output: Path) -> float:
    """Counts a thousand rows."""
    return rows.count()


def _jobs() -> Iterator[Callable[[DataFrame, Path], float]]:
    yield from (sort_merge_join, broadcast_join, aggregation, skewed_join, collected_groups, ranked_window, cached)
    yield from (python_udf, pandas_groups, wide_rows, exploded, collected_to_driver, written_partitions, tiny)


JOBS = {job.__name__: job for job in _jobs()}


def main() -> None:
    """Runs the job that the command line names."""
    job, rows, output = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    print(f"LONGSHORE_RESULT {float(JOBS[job](spark.read.parquet(Path(rows).as_uri()), Path(output)))}", flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
