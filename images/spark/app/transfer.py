"""The transfer application: `spark-submit transfer.py --source … --target …` (see `longshore_spark.arguments`)."""

import sys
import traceback

from longshore_spark.exceptions import TransferError
from longshore_spark.reasons import reason
from longshore_spark.results import leave_message, report
from longshore_spark.run import run


def main() -> int:
    """Exit status 0 and a result on stdout, or 1 and the reason on stderr and in the termination log."""
    try:
        report(run(sys.argv[1:]))
    except Exception as error:  # noqa: BLE001  whatever it was, its reason must reach the user
        if not isinstance(error, TransferError):
            traceback.print_exc()
        message = reason(error)
        leave_message(message)
        print(f"transfer: {message}", file=sys.stderr, flush=True)
        return 1
    finally:
        _stop()
    return 0


def _stop() -> None:
    from pyspark.sql import SparkSession

    # The event log is complete only after this.
    if (spark := SparkSession.getActiveSession()) is not None:
        spark.stop()


if __name__ == "__main__":
    sys.exit(main())
