"""Reads a table of the lake, or SQL over its tables."""

from pyspark.sql import SparkSession

from longshore_spark.command_line.source import Query, Table
from longshore_spark.interfaces.source_rows import SourceRows
from longshore_spark.lake.pinned_snapshots import pinned
from longshore_spark.spark.names import spark_table


def read_lake(spark: SparkSession, source: Table | Query) -> SourceRows:
    """Returns the rows of the source, each table at its snapshot of now."""
    if isinstance(source, Query):
        name, rows = "query", spark.sql(pinned(spark, source.sql))
    else:
        name, rows = source.name, spark.sql(pinned(spark, f"SELECT * FROM {spark_table(source.name)}"))
    return SourceRows(name, rows, None, rows.count)
