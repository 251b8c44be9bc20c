"""The tables of the lake that a transfer reads, as datasets."""

from contextlib import suppress

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from longshore_spark.command_line.source import Query, Table
from longshore_spark.grammar.table_names import lake_parts, written
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.pinned_snapshots import tables_read
from longshore_spark.lake.tables import lake_of
from longshore_spark.lake.writing.table import LakeTable
from longshore_spark.outcome.datasets import Dataset


def lake_datasets(spark: SparkSession, catalog: JdbcConnection, source: Table | Query) -> list[Dataset]:
    """Returns each table that the source names, once. Views have no location, and are left out."""
    names = tables_read(spark, source.sql) if isinstance(source, Query) else [lake_parts(source.name)]
    found: list[Dataset] = []
    for parts in dict.fromkeys(map(tuple, names)):
        with suppress(ValueError, Py4JError, PySparkException):
            table = LakeTable(lake_of(spark), written(*parts))
            if table.exists:
                found.append(table.dataset(catalog))
    return found
