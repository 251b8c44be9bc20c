"""Runs inside the image `spark`: many transfers in one JVM, so that each costs a second and not a start of Spark.

`spark-submit many_transfers.py FILE`, where FILE holds a JSON list of argument lists; prints a JSON line for each.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[2])

from longshore_spark.reasons import reason
from longshore_spark.run import run

for arguments in json.loads(Path(sys.argv[1]).read_text()):
    try:
        outcome: object = run(arguments)
    except Exception as error:  # noqa: BLE001  what it says is what is tested
        outcome = {"error": reason(error)}
    print("OUTCOME", json.dumps(outcome), flush=True)  # noqa: T201
