"""The Spark session of a transfer, with the lake's catalog."""

from pyspark.sql import SparkSession

from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.catalog import catalog_properties


def open_session(catalog: JdbcConnection) -> SparkSession:
    """Opens the session, with the settings that the applications rely on; spark-submit sets master, memory and log."""
    # Times must not depend on the machine's zone.
    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    # `${…}` in SQL must stay text: Spark would replace it by the job's settings and environment.
    builder = builder.config("spark.sql.variable.substitute", "false")
    for key, value in catalog_properties(catalog).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
