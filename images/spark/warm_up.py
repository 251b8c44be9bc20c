"""Makes Spark load the classes that a transfer needs: lake and JDBC, and with the argument `cluster` S3 and Kubernetes.

Run by `bin/archive-classes`. There is no database, S3 or cluster: Derby, which is among Spark's jars, stands for the
database, one inside each JVM; what needs a server gets as far as the first connection.
"""

import sys
from collections.abc import Callable
from contextlib import suppress

from pyspark.sql import Observation, SparkSession
from pyspark.sql.functions import count, lit

DERBY = "jdbc:derby:memory:warm_up;create=true"
SOURCE = """(
    SELECT * FROM (VALUES (1, 1.5, 'one', CURRENT_TIMESTAMP), (2, 2.5, 'two', CURRENT_TIMESTAMP))
    AS flights(id, price, name, seen)
) flights"""


def read_and_write(spark: SparkSession) -> None:
    """Every way of a transfer."""
    predicates = ["id < 2", "id >= 2"]
    read = spark.read.jdbc(DERBY, SOURCE, predicates=predicates, properties={"fetchsize": "1000"})
    read = read.toDF("id", "price", "name", "seen")
    spark.sql("CREATE NAMESPACE IF NOT EXISTS lake.raw")
    counted = Observation("source")
    passing = read.observe(counted, count(lit(1)).alias("rows"))
    passing.writeTo("lake.raw.flights").using("iceberg").createOrReplace()
    counted.get  # noqa: B018  asking loads classes, too
    spark.catalog.tableExists("lake.raw.flights")
    read.writeTo("lake.raw.flights").append()
    read.persist()
    read.groupBy("id").count().where("count > 1").limit(3).collect()
    read.createOrReplaceTempView("changed")
    spark.sql(
        "MERGE INTO lake.raw.flights AS t USING changed AS s ON t.id <=> s.id + 1 "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )
    mart = spark.sql(
        "SELECT name, count(*) AS n, avg(price) AS mean, percentile_approx(price, 0.9) AS p90 "
        "FROM lake.raw.flights JOIN changed USING (id, name, price) GROUP BY name ORDER BY n DESC"
    )
    mart.writeTo("lake.raw.mart").using("iceberg").createOrReplace()


def without_its_server(step: Callable[[], object]) -> None:
    """Takes a step that can only fail: whatever stops it, it has loaded what it needs up to there."""
    with suppress(Exception):
        step()


def write_to_database(spark: SparkSession) -> None:
    """A mart to Derby, and PostgreSQL's driver up to its first connection."""
    without_its_server(lambda: spark.table("lake.raw.mart").write.jdbc(DERBY, "mart", mode="overwrite"))
    without_its_server(lambda: spark._jvm.org.postgresql.Driver().connect("jdbc:postgresql://127.0.0.1:9/x", None))  # type: ignore[union-attr]


def reach_for_a_cluster(spark: SparkSession) -> None:
    """S3, and a second Spark application that asks a cluster for its executors, and soon gives up."""
    without_its_server(lambda: spark.read.text("s3://warm-up/query.sql").collect())
    without_its_server(lambda: spark.range(1).write.parquet("s3a://warm-up/table"))
    spark.stop()
    pod = SparkSession.builder.master("k8s://http://127.0.0.1:9").config("spark.kubernetes.container.image", "spark")
    pod = pod.config("spark.scheduler.maxRegisteredResourcesWaitingTime", "5s")
    without_its_server(lambda: pod.getOrCreate().stop())


def main(cluster: bool) -> None:
    spark = SparkSession.builder.getOrCreate()
    read_and_write(spark)
    without_its_server(lambda: spark.sql("CREATE NAMESPACE catalog.raw"))
    write_to_database(spark)
    if cluster:
        reach_for_a_cluster(spark)
    spark.stop()


if __name__ == "__main__":
    main("cluster" in sys.argv[1:])
