"""Ends every application of this image with a result or a reason, where users and the job server look for it."""

import sys
import traceback
from collections.abc import Callable

from longshore_spark.exceptions import TransferError
from longshore_spark.outcome.progress import leave_message, progress
from longshore_spark.reasons import reason


def exit_status(name: str, work: Callable[[], object]) -> int:
    """Does the work. Returns 0, or 1 after leaving the reason on stderr and in the termination log.

    Args:
        name: the application's name, which precedes the reason.
    """
    message = None
    try:
        work()
    except Exception as error:  # noqa: BLE001  every reason must reach the user
        message = told(error)
        leave_message(message)
    finally:
        _stop()
    if message is None:
        return 0
    # A user sees the last line first, so it comes after all that Spark prints at its end.
    print(f"{name}: {message}", file=sys.stderr, flush=True)
    return 1


def told(error: Exception) -> str:
    """Returns the reason, after what is known of the commit; the log gets the traceback of what was not foreseen."""
    if not isinstance(error, TransferError):
        traceback.print_exc()
    return reason(error) if progress.sentence is None else f"{progress.sentence} {reason(error)}"


def _stop() -> None:
    from pyspark.sql import SparkSession

    # The event log is complete only after this.
    if (spark := SparkSession.getActiveSession()) is not None:
        spark.stop()
