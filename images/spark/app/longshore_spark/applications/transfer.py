"""One transfer from its arguments to its result."""

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from pyspark.sql import SparkSession

from longshore_spark.applications.source_text import read_source_text
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.grammars import LAKE
from longshore_spark.command_line.source import Query, Table
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.connections import read_connection, read_grammar
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.exceptions import SourceError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.interfaces.source_rows import SourceRows
from longshore_spark.interfaces.target import Target
from longshore_spark.lake.datasets import lake_datasets
from longshore_spark.lake.reader import read_lake
from longshore_spark.lake.session import open_session
from longshore_spark.lake.writing.sink import lake_target
from longshore_spark.outcome.commits import Commit
from longshore_spark.outcome.datasets import Dataset, Datasets
from longshore_spark.outcome.results import Result, Side

_FEW = 100
"""Rows that fit into most memories, however wide they are."""


def run(arguments: Sequence[str]) -> Result:
    """Does the transfer that `arguments` ask for (see `command_line`).

    Raises:
        TransferError: it cannot be done; source and target are as they were.
    """
    started = time.monotonic()
    transfer = parse_arguments(arguments, grammar_of=read_grammar)
    # All connections are read first, so that a wrong name costs no start of Spark.
    catalog = read_connection(transfer.catalog_connection)
    origin = read_connection(transfer.source_connection) if transfer.source_connection else None
    destination = read_connection(transfer.target_connection) if transfer.target_connection else None
    spark = open_session(catalog)
    ready = time.monotonic()
    grammar = DIALECTS[origin.conn_type].grammar if origin else LAKE
    source_text = read_source_text(spark, transfer.source, grammar)
    with _target(spark, catalog, destination, transfer) as target:
        if (earlier := target.committed) is not None:
            result = _nothing_to_do(transfer, earlier, round(ready - started, 2))
            inputs = [] if origin else _named(lambda: lake_datasets(spark, catalog, source_text))
            result["datasets"] = Datasets(inputs=inputs, outputs=_named(lambda: [target.dataset()]))
            return result
        source, rows_read, sink = _move_rows(spark, transfer, source_text, origin, target)
        inputs = source.datasets if origin else _named(lambda: lake_datasets(spark, catalog, source_text))
        datasets = Datasets(inputs=inputs, outputs=_named(lambda: [target.dataset()]))
    done = time.monotonic()
    result = Result(
        source=Side(name=source.name, rows=rows_read),
        sink=sink,
        seconds={
            "start": round(ready - started, 2),
            "read_write": round(done - ready, 2),
            "total": round(done - started, 2),
        },
        datasets=datasets,
    )
    if source.partitions is not None:
        result["partitions"] = source.partitions
    if transfer.columns:
        result["columns"] = {name: option.text for name, option in transfer.columns.items()}
    if source.filtered:
        result["row_security"] = source.filtered
    return result


def _named(find: Callable[[], list[Dataset]]) -> list[Dataset]:
    """Returns the datasets; none if they cannot be found, since the transfer itself has succeeded."""
    try:
        return find()
    except Exception as error:  # noqa: BLE001
        print(f"The names of tables are left out of the lineage: {type(error).__name__}.", file=sys.stderr, flush=True)
        return []


def _target(
    spark: SparkSession, catalog: JdbcConnection, destination: JdbcConnection | None, transfer: Transfer
) -> AbstractContextManager[Target]:
    if destination is not None:
        return DIALECTS[destination.conn_type].target(spark, destination, transfer)
    return lake_target(spark, catalog, transfer)


def _nothing_to_do(transfer: Transfer, earlier: Commit, start: float) -> Result:
    print(
        f"Nothing was written to {transfer.target!r} again: the job run {earlier.job_run} had committed this task's "
        f"rows at {earlier.at}.",
        file=sys.stderr,
        flush=True,
    )
    return Result(
        sink=Side(name=transfer.target, rows=0),
        seconds={"start": start, "read_write": 0.0, "total": start},
        already_committed={"job_run": earlier.job_run, "at": earlier.at},
    )


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
