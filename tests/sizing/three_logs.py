"""A Spark application that makes three sessions after one another, each with an event log in another form.

    spark-submit three_logs.py FOLDER

Each runs the same query of 200,000 rows with a Python function, the first one with an executor of its own.
"""

import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as f

FORMS = {
    "single_lz4": {"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compression.codec": "lz4"},
    "rolled_zstd": {"spark.eventLog.rolling.enabled": "true", "spark.eventLog.compression.codec": "zstd"},
    "single_plain": {"spark.eventLog.rolling.enabled": "false", "spark.eventLog.compress": "false"},
}
ALWAYS = {
    "spark.eventLog.enabled": "true",
    "spark.executor.metrics.pollingInterval": "100ms",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
}


def main() -> None:
    """Runs the query in each form."""
    folder = Path(sys.argv[1])
    for form, properties in FORMS.items():
        place = folder / form
        place.mkdir()
        builder = SparkSession.builder.master("local[1]" if form != "single_lz4" else "local-cluster[1,1,1024]")
        for key, value in {**ALWAYS, **properties, "spark.eventLog.dir": place.as_uri()}.items():
            builder = builder.config(key, value)
        spark = builder.config("spark.executor.memory", "600m").getOrCreate()
        rows = folder / f"rows-{form}"
        spark.range(200_000).withColumn("key", f.col("id") % 1000).write.parquet(rows.as_uri())
        named = spark.read.parquet(rows.as_uri()).withColumn("name", f.udf(lambda key: f"key {key}", "string")("key"))
        named.groupBy("name").agg(f.collect_list("id").alias("ids")).select(f.sum(f.size("ids"))).collect()
        # The metrics of an executor's processes come with its heartbeat or with a task that takes a few polls.
        spark.sparkContext.parallelize([1], 1).foreach(lambda _: time.sleep(1))
        spark.stop()


if __name__ == "__main__":
    main()
