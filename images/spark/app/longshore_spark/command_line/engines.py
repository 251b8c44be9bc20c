"""The engines of a transfer: Spark does all, COPY the most frequent ones without a Spark session. Pure."""

from longshore_spark.command_line.transfer import Transfer


def only_spark(transfer: Transfer) -> str | None:
    """Returns why only Spark can do a transfer, by what was asked for alone; None if COPY may do it.

    `longshore.submission.engines` decides in the same way before the job is submitted; a test compares them.
    """
    if transfer.source_connection is None or transfer.target_connection is not None:
        return "COPY reads only databases, and writes only to the lake"
    if transfer.mode == "merge":
        return "COPY does not merge"
    if transfer.checks:
        return "COPY runs no checks"
    return None
