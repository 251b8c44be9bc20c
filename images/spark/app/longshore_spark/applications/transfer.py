"""One transfer, or that of many tables, from its arguments to its result."""

import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from longshore_spark.applications.by_copy import CopyEngine
from longshore_spark.applications.by_spark import move_by_spark
from longshore_spark.applications.many_tables import move_tables
from longshore_spark.applications.moved import Moved
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.engines import only_spark
from longshore_spark.command_line.tables import TablePattern
from longshore_spark.command_line.transfer import Transfer, transfers_of
from longshore_spark.connections import read_connection, read_grammar
from longshore_spark.databases.dialects import DIALECTS
from longshore_spark.exceptions import EngineError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.outcome.commits import Commit, key_of_target
from longshore_spark.outcome.job_run import job_run_id
from longshore_spark.outcome.results import Result, Side
from longshore_spark.spark.launcher import launcher_jvm


@dataclass(frozen=True)
class _Places:
    """The databases of this process, and the engine without Spark."""

    catalog: JdbcConnection
    origin: JdbcConnection | None
    """None: the lake, as below."""
    destination: JdbcConnection | None
    copy: CopyEngine


def run(arguments: Sequence[str]) -> Result:
    """Does the transfer that `arguments` ask for (see `command_line`).

    Raises:
        TablesError: some of many tables have failed, and the others are written.
        TransferError: it cannot be done; source and target are as they were.
    """
    started = time.monotonic()
    transfer = parse_arguments(arguments, grammar_of=read_grammar)
    # All connections are read first, so that a wrong name costs no start of Spark.
    catalog = read_connection(transfer.catalog_connection)
    origin = read_connection(transfer.source_connection) if transfer.source_connection else None
    destination = read_connection(transfer.target_connection) if transfer.target_connection else None
    with closing(CopyEngine(catalog)) as copy:
        places = _Places(catalog, origin, destination, copy)
        if transfer.tables is None or origin is None:
            return _one(transfer, places, started)
        return move_tables(_each(transfer, transfer.tables, origin), lambda each: _one(each, places, time.monotonic()))


def _each(transfer: Transfer, tables: tuple[str, ...] | TablePattern, origin: JdbcConnection) -> dict[str, Transfer]:
    """Returns the transfer of each table, by its name alone, with a commit key of its own."""
    dialect = DIALECTS[origin.conn_type]
    if isinstance(tables, TablePattern):
        tables = tuple(dialect.matching_tables(launcher_jvm(), origin, tables))
    return {
        name: replace(each, commit_key=key_of_target(transfer.commit_key, job_run_id(), each.target))
        for name, each in transfers_of(transfer, tables, dialect.grammar).items()
    }


def _one(transfer: Transfer, places: _Places, started: float) -> Result:
    engine, moved = _moved(transfer, places)
    done = time.monotonic()
    start = round(moved.ready - started, 2)
    if moved.earlier is not None:
        return _nothing_to_do(transfer, moved.earlier, start) | Result(engine=engine, datasets=moved.datasets)
    result = Result(
        source=Side(name=moved.source, rows=moved.rows_read),
        sink=moved.sink,
        seconds={"start": start, "read_write": round(done - moved.ready, 2), "total": round(done - started, 2)},
        datasets=moved.datasets,
        engine=engine,
    )
    if moved.partitions is not None:
        result["partitions"] = moved.partitions
    if transfer.columns:
        result["columns"] = {name: option.text for name, option in transfer.columns.items()}
    if moved.filtered:
        result["row_security"] = moved.filtered
    return result


def _moved(transfer: Transfer, places: _Places) -> tuple[str, Moved]:
    """Does the transfer by its engine. Returns the engine's name, and what was moved."""
    if transfer.engine == "spark":
        return "spark", _by_spark(transfer, places)
    try:
        if (reason := only_spark(transfer)) is not None or places.origin is None:
            raise EngineError(reason)
        return "copy", places.copy.move(transfer, places.origin)
    except EngineError as error:
        if transfer.engine == "copy":
            raise EngineError(
                f"The engine 'copy' cannot do this transfer: {error}; use the engine 'auto' or 'spark'."
            ) from error
        print(f"Spark does this transfer: {error}.", file=sys.stderr, flush=True)
    # Nothing was read or written, and the lock was let go: Spark begins anew.
    return "spark", _by_spark(transfer, places)


def _by_spark(transfer: Transfer, places: _Places) -> Moved:
    places.copy.close()  # Spark has connections of its own
    return move_by_spark(transfer, places.catalog, places.origin, places.destination)


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
