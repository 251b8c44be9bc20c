"""The inputs of the sizing benchmark, as Parquet: the same rows for the same number of rows, whoever makes them.

spark-submit tables.py TABLE ROWS FOLDER
"""

import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

_FILES = 8
"""Files of each input, so that a job reads it in parallel."""


def _hashed(seed: int) -> f.Column:
    return f.abs(f.xxhash64(f.col("id"), f.lit(seed)))


def events(spark: SparkSession, rows: int) -> DataFrame:
    """Returns narrow rows: a key of many values, a skewed key that half of the rows share, an amount and a text."""
    return spark.range(0, rows, 1, _FILES).select(
        "id",
        (_hashed(1) % f.lit(max(rows // 4, 1))).alias("account"),
        f.when(_hashed(2) % 2 == 0, f.lit(0)).otherwise(_hashed(3) % 10_000).alias("shop"),
        (_hashed(4) % 1_000_000 / 100).alias("amount"),
        f.sha2(_hashed(5).cast("string"), 256).alias("note"),
    )


def documents(spark: SparkSession, rows: int) -> DataFrame:
    """Returns wide rows of about 20 kB that compress badly."""
    chapters = [f.repeat(f.sha2((_hashed(10 + n)).cast("string"), 512), 8).alias(f"chapter_{n}") for n in range(20)]
    return spark.range(0, rows, 1, _FILES).select("id", (_hashed(6) % 100).alias("shelf"), *chapters)


def baskets(spark: SparkSession, rows: int) -> DataFrame:
    """Returns rows with an array of 40 numbers each."""
    items = f.transform(f.sequence(f.lit(1), f.lit(40)), lambda n: f.abs(f.xxhash64(f.col("id"), n)) % 50_000)
    return spark.range(0, rows, 1, _FILES).select("id", items.alias("items"))


TABLES = {made.__name__: made for made in (events, documents, baskets)}


def write_table(spark: SparkSession, *, table: str, rows: int, folder: Path) -> Path:
    """Writes an input below `folder`, unless it is there already. Returns its place."""
    place = folder / f"{table}-{rows}"
    if not (place / "_SUCCESS").exists():
        TABLES[table](spark, rows).write.mode("overwrite").parquet(place.as_uri())
    return place


def main() -> None:
    """Writes the input that the command line names."""
    table, rows, folder = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    write_table(spark, table=table, rows=int(rows), folder=Path(folder))
    spark.stop()


if __name__ == "__main__":
    main()
