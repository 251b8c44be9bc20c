"""The transfer application: `spark-submit transfer.py --source … --target …` (see `longshore_spark.command_line`)."""

import sys

from longshore_spark.applications.exit_status import exit_status
from longshore_spark.applications.transfer import run
from longshore_spark.outcome.results import report

if __name__ == "__main__":
    sys.exit(exit_status("transfer", lambda: report(run(sys.argv[1:]))))
