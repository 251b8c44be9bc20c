"""Removes what killed transfers left: staging tables of a database, files of the lake that no snapshot refers to."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from longshore_spark.command_line.cleaning import Cleaning, parse_cleaning
from longshore_spark.connections import read_connection
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.lake.leftovers import lake_leftovers
from longshore_spark.lake.session import open_session
from longshore_spark.outcome.leftovers import Leftover
from longshore_spark.outcome.results import MARK


def clean(arguments: Sequence[str]) -> None:
    """Removes what the arguments ask for, and prints a line for each thing and the result.

    Raises:
        TransferError: the arguments are wrong, or a database cannot be reached.
    """
    cleaning = parse_cleaning(arguments)
    catalog = read_connection(cleaning.catalog_connection)
    database = read_connection(cleaning.connection) if cleaning.connection else None
    spark = open_session(catalog)
    # Iceberg reads a table's manifests in this number of tasks; starting Spark's default of 200 takes most of the time.
    spark.conf.set("spark.sql.shuffle.partitions", "8")
    removed = left_alone = 0
    for leftover in _leftovers(spark, catalog, database, cleaning):
        print(leftover.line(dry_run=cleaning.dry_run), flush=True)
        removed += leftover.kept is None
        left_alone += leftover.kept is not None
    result = {"removed": 0 if cleaning.dry_run else removed, "left_alone": left_alone}
    result |= {"would_remove": removed} if cleaning.dry_run else {}
    print(f"{MARK} {json.dumps(result)}", flush=True)


def _leftovers(
    spark: SparkSession, catalog: JdbcConnection, database: JdbcConnection | None, cleaning: Cleaning
) -> Iterator[Leftover]:
    if database is not None:
        yield from DIALECTS[database.conn_type].leftovers(spark, database, dry_run=cleaning.dry_run)
    if cleaning.lake:
        before = datetime.now(UTC) - timedelta(hours=cleaning.older_than)
        yield from lake_leftovers(spark, catalog, before=before, dry_run=cleaning.dry_run)
