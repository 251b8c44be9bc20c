"""How every application of this image ends: with a result or a reason, where people and the job server look for it."""

import sys
import traceback
from collections.abc import Callable

from longshore_spark.exceptions import TransferError
from longshore_spark.reasons import reason
from longshore_spark.results import leave_message


def exit_status(name: str, work: Callable[[], object]) -> int:
    """Does the work. 0, or 1 and the reason on stderr and in the termination log.

    Args:
        name: the application's, before its reason.
    """
    try:
        work()
    except Exception as error:  # noqa: BLE001  whatever it was, its reason must reach the user
        if not isinstance(error, TransferError):
            traceback.print_exc()
        message = reason(error)
        leave_message(message)
        print(f"{name}: {message}", file=sys.stderr, flush=True)
        return 1
    finally:
        _stop()
    return 0


def _stop() -> None:
    from pyspark.sql import SparkSession

    # The event log is complete only after this.
    if (spark := SparkSession.getActiveSession()) is not None:
        spark.stop()
