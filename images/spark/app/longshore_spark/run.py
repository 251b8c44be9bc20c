"""One transfer from its arguments to its result."""

import time
from collections.abc import Sequence

from longshore_spark.arguments import parse_arguments
from longshore_spark.connections import read_connection
from longshore_spark.jdbc_sink import write_jdbc
from longshore_spark.lake_sink import write_lake
from longshore_spark.results import Result, Side
from longshore_spark.session import open_session
from longshore_spark.sources import read_jdbc, read_lake, source_text


def run(arguments: Sequence[str]) -> Result:
    """Does the transfer that `arguments` ask for (see `arguments`).

    Raises:
        TransferError: it cannot be done; source and target are as they were.
    """
    started = time.monotonic()
    transfer = parse_arguments(arguments)
    # All connections before anything is started or read: a wrong name costs no JVM work.
    catalog = read_connection(transfer.catalog_connection)
    origin = read_connection(transfer.source_connection) if transfer.source_connection else None
    destination = read_connection(transfer.target_connection) if transfer.target_connection else None
    spark = open_session(catalog)
    ready = time.monotonic()
    text = source_text(spark, transfer.source)
    source = read_jdbc(spark, origin, transfer, text) if origin else read_lake(spark, text)
    if destination is not None:
        rows_read, sink = write_jdbc(spark, source.rows, destination, transfer)
    else:
        rows_read, sink = write_lake(spark, source.rows, transfer)
    done = time.monotonic()
    result = Result(
        source=Side(name=source.name, rows=rows_read),
        sink=sink,
        seconds={
            "start": round(ready - started, 2),
            "read_write": round(done - ready, 2),
            "total": round(done - started, 2),
        },
    )
    if source.partitions is not None:
        result["partitions"] = source.partitions
    return result
