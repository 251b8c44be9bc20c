"""The lake's tables in Java, by the catalog of a Spark session, or without one."""

from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from longshore_spark.databases.postgres.sessions.create_missing import create_missing
from longshore_spark.exceptions import EngineError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.catalog import catalog_properties


@dataclass(frozen=True)
class Lake:
    """The lake as this process reaches it."""

    jvm: Any
    """The JVM, by py4j."""
    tables: Any
    """The class `Lake` (Java)."""


def lake_of(spark: SparkSession) -> Lake:
    """Returns the lake by the catalog of a session."""
    return Lake(spark._jvm, catalog_of(spark).lake())


def catalog_of(spark: SparkSession) -> Any:
    """Returns the session's catalog of the lake, the class `LakeCatalog` (Java)."""
    # The first transfer to a new lake creates the catalog's tables.
    return create_missing(lambda: spark._jsparkSession.sessionState().catalogManager().catalog("lake"))


def lake_without_session(jvm: Any, catalog: JdbcConnection) -> Lake:
    """Returns the lake by the same catalog, which Spark does not open.

    Raises:
        EngineError: the job has a catalog of its own in place of the image's.
        ConnectionSettingsError: as `catalog_properties`.
    """
    catalog_properties(catalog)  # checks the connection
    tables = create_missing(lambda: jvm.dev.longshore.lake.Lake.withoutSession(catalog.id))
    if tables is None:
        raise EngineError("the job sets spark.sql.catalog.lake, and only Spark can open that catalog")
    return Lake(jvm, tables)
