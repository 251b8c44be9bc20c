"""Drops an environment's lake schema."""

from typing import Any

from pyspark.sql import SparkSession

from longshore_spark.connections import JdbcConnection
from longshore_spark.jdbc import Jdbc
from longshore_spark.lake_schema import CATALOG_TABLES, drop_statement


def drop_schema(spark: SparkSession, catalog: JdbcConnection, schema: str) -> None:
    """Drops the schema with all its tables, views and files. Done again, it goes on where it was.

    Nothing of the shared lake's is touched: what is written in an environment lies in its schema's folder. Jobs of the
    environment must have ended.

    Args:
        schema: of `schema_of`.

    Raises:
        ConnectionSettingsError: the catalog's database cannot be reached.
    """
    jdbc = Jdbc(spark, catalog)
    there = [table for table in CATALOG_TABLES if jdbc.query("SELECT 1 WHERE to_regclass(?) IS NOT NULL", table)]
    # Before the files: a table without them would be an error for whoever reads it.
    jdbc.execute([drop_statement(table, schema) for table in there])
    jvm: Any = spark._jvm
    context: Any = spark.sparkContext
    folder = jvm.org.apache.hadoop.fs.Path(str(catalog.extra["warehouse"]), schema)
    folder.getFileSystem(context._jsc.hadoopConfiguration()).delete(folder, True)
