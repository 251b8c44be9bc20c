"""The transfer application: `spark-submit transfer.py --source … --target …` (see `longshore_spark.arguments`)."""

import sys

from longshore_spark.application import exit_status
from longshore_spark.results import report
from longshore_spark.run import run

if __name__ == "__main__":
    sys.exit(exit_status("transfer", lambda: report(run(sys.argv[1:]))))
