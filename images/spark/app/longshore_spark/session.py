"""The Spark session of a transfer, with the lake's catalog."""

from pyspark.sql import SparkSession

from longshore_spark.connections import JdbcConnection, catalog_properties


def open_session(catalog: JdbcConnection) -> SparkSession:
    """The session. Master, memory and event log are spark-submit's; here is what the application relies on."""
    # Times are what they are, whatever the machine's zone is.
    builder = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    for key, value in catalog_properties(catalog).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
