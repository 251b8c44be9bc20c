"""Drops an environment's lake schema."""

from typing import Any

from pyspark.sql import SparkSession

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.schema import CATALOG_TABLES, drop_statement


def drop_schema(spark: SparkSession, catalog: JdbcConnection, schema: str) -> None:
    """Drops the schema with all its tables, views and files. A repeated call continues where the last one stopped.

    Nothing of the shared lake's is touched: what is written in an environment lies in its schema's folder. Jobs of the
    environment must have ended.

    Args:
        schema: of `schema_of`.

    Raises:
        ConnectionSettingsError: the catalog's database cannot be reached.
    """
    jdbc = Jdbc(spark._jvm, catalog)
    there = [table for table in CATALOG_TABLES if jdbc.query("SELECT 1 WHERE to_regclass(?) IS NOT NULL", table)]
    # Rows are deleted before files, because a table without its files is an error for its readers.
    jdbc.execute([drop_statement(table, schema) for table in there])
    jvm: Any = spark._jvm
    context: Any = spark.sparkContext
    folder = jvm.org.apache.hadoop.fs.Path(str(catalog.extra["warehouse"]), schema)
    folder.getFileSystem(context._jsc.hadoopConfiguration()).delete(folder, True)
