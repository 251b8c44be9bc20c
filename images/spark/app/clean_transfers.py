"""Removes what killed transfers left: `spark-submit clean_transfers.py --connection … --lake …`."""

import sys

from longshore_spark.applications.cleaning import clean
from longshore_spark.applications.exit_status import exit_status

if __name__ == "__main__":
    sys.exit(exit_status("clean_transfers", lambda: clean(sys.argv[1:])))
