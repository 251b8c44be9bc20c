"""The engine that does every transfer: Spark."""

import sys
import time
from contextlib import AbstractContextManager
from dataclasses import replace

from pyspark.sql import SparkSession

from longshore_spark.applications.moved import Moved, named
from longshore_spark.applications.source_text import read_source_text
from longshore_spark.command_line.grammars import LAKE
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.exceptions import SourceError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows
from longshore_spark.interfaces.target import Target
from longshore_spark.lake.datasets import lake_datasets
from longshore_spark.lake.reader import read_lake
from longshore_spark.lake.session import open_session
from longshore_spark.lake.writing.sink import lake_target
from longshore_spark.outcome.datasets import Datasets
from longshore_spark.outcome.results import Side

_FEW = 100
"""Rows that fit into most memories, however wide they are."""


def move_by_spark(
    transfer: Transfer, catalog: JdbcConnection, origin: JdbcConnection | None, destination: JdbcConnection | None
) -> Moved:
    """Does the transfer in a Spark session.

    Args:
        origin, destination: the databases; None for the lake.

    Raises:
        TransferError: it cannot be done; source and target are as they were.
    """
    spark = open_session(catalog)
    ready = time.monotonic()
    grammar = DIALECTS[origin.conn_type].grammar if origin else LAKE
    text = read_source_text(spark, transfer.source, grammar)
    with _target(spark, catalog, destination, transfer) as target:
        if (earlier := target.committed) is not None:
            inputs = [] if origin else named(lambda: lake_datasets(spark, catalog, text))
            outputs = named(lambda: [target.dataset()])
            return Moved(ready=ready, earlier=earlier, datasets=Datasets(inputs=inputs, outputs=outputs))
        source, rows_read, sink = _move_rows(spark, transfer, text, origin, target)
        inputs = source.datasets if origin else named(lambda: lake_datasets(spark, catalog, text))
        return Moved(
            ready=ready,
            source=source.name,
            rows_read=rows_read,
            sink=sink,
            partitions=source.partitions,
            filtered=source.filtered,
            datasets=Datasets(inputs=inputs, outputs=named(lambda: [target.dataset()])),
        )


def _target(
    spark: SparkSession, catalog: JdbcConnection, destination: JdbcConnection | None, transfer: Transfer
) -> AbstractContextManager[Target]:
    if destination is not None:
        return DIALECTS[destination.conn_type].target(spark, destination, transfer)
    return lake_target(spark, catalog, transfer)


def _move_rows(
    spark: SparkSession, transfer: Transfer, text: Table | Query, origin: JdbcConnection | None, target: Target
) -> tuple[SourceRows, int, Side]:
    """Reads and writes. A source whose rows are too wide for the memory is read again, fewer rows at a time."""
    if origin is None:
        source = read_lake(spark, text)
        return source, *target.write(source)
    dialect = DIALECTS[origin.conn_type]
    for fetch_size in _smaller_trips(transfer.fetch_size):
        try:
            with dialect.read(spark, origin, replace(transfer, fetch_size=fetch_size), text) as source:
                return source, *target.write(source)
        except Exception as error:
            if not dialect.is_too_wide(error):
                raise
            print(f"{fetch_size} rows of the source are too wide for the memory.", file=sys.stderr, flush=True)
    raise SourceError(
        f"A row of the source (connection {origin.id!r}) is larger than a tenth of the memory of the process that "
        'reads it; give the job more memory (spark_resources={"driver_memory": "4g", "executor_memory": "4g"}), or '
        "leave the wide column out."
    )


def _smaller_trips(fetch_size: int) -> list[int]:
    return sorted({fetch_size, min(_FEW, fetch_size), 1}, reverse=True)
