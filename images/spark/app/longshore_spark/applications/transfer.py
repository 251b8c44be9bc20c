"""One transfer from its arguments to its result."""

import sys
import time
from collections.abc import Sequence

from longshore_spark.applications.by_copy import move_by_copy
from longshore_spark.applications.by_spark import move_by_spark
from longshore_spark.applications.moved import Moved
from longshore_spark.command_line.arguments import parse_arguments
from longshore_spark.command_line.engines import only_spark
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.connections import read_connection, read_grammar
from longshore_spark.exceptions import EngineError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.outcome.commits import Commit
from longshore_spark.outcome.results import Result, Side


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
    engine, moved = _moved(transfer, catalog, origin, destination)
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


def _moved(
    transfer: Transfer, catalog: JdbcConnection, origin: JdbcConnection | None, destination: JdbcConnection | None
) -> tuple[str, Moved]:
    """Does the transfer by its engine. Returns the engine's name, and what was moved."""
    if transfer.engine == "spark":
        return "spark", move_by_spark(transfer, catalog, origin, destination)
    try:
        if (reason := only_spark(transfer)) is not None or origin is None:
            raise EngineError(reason)
        return "copy", move_by_copy(transfer, catalog, origin)
    except EngineError as error:
        if transfer.engine == "copy":
            raise EngineError(
                f"The engine 'copy' cannot do this transfer: {error}; use the engine 'auto' or 'spark'."
            ) from error
        print(f"Spark does this transfer: {error}.", file=sys.stderr, flush=True)
    # Nothing was read or written, and the lock was let go: Spark begins anew.
    return "spark", move_by_spark(transfer, catalog, origin, destination)


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
