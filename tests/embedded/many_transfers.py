"""Runs inside the image `spark`: many transfers in one JVM, so that each costs a second and not a start of Spark.

`spark-submit many_transfers.py PORT APP`: at the port of 127.0.0.1 each line is a JSON list of transfers, each a list
of arguments. One alone is done as the application does it; several share a session. Each is of a job run of its own. A
JSON object answers: exit status, the message that is left for the job's user, and the result of each transfer.
Arguments that begin with `clean` are those of `clean_transfers.py`, whose lines come of it; `sql` is a statement of
Spark's, as a user runs it.
"""

import io
import itertools
import json
import os
import socket
import sys
from contextlib import redirect_stdout
from pathlib import Path

sys.path.insert(0, sys.argv[2])

from longshore_spark.applications.cleaning import clean
from longshore_spark.applications.exit_status import exit_status
from longshore_spark.applications.transfer import run
from longshore_spark.connections import read_connection
from longshore_spark.lake.session import open_session
from longshore_spark.outcome.progress import progress
from longshore_spark.reasons import reason

message = Path(os.environ["LONGSHORE_TERMINATION_LOG"])
outcomes: list[object] = []
numbers = itertools.count(1)
JOB_RUN = os.environ["LONGSHORE_JOB_RUN"]


def do(transfers: list[list[str]]) -> None:
    """Does the transfers, and leaves what came of them in `outcomes`."""
    outcomes.clear()
    if len(transfers) == 1:
        outcomes.append(one(transfers[0]))
        return
    for arguments in transfers:
        try:
            outcomes.append(one(arguments))
        except Exception as error:  # noqa: BLE001  what it says is what is tested
            outcomes.append({"error": reason(error)})


def one(arguments: list[str]) -> object:
    """Does a transfer as a job run of its own."""
    os.environ["LONGSHORE_JOB_RUN"] = f"{JOB_RUN}{next(numbers):05}"
    progress.sentence = None
    if arguments[0] == "sql":
        open_session(read_connection("lake_catalog")).sql(arguments[1])
        return {}
    if arguments[0] != "clean":
        return run(arguments)
    with redirect_stdout(io.StringIO()) as printed:
        clean(arguments[1:])
    return {"lines": printed.getvalue().splitlines()}


with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as connection, connection.makefile("rw") as lines:
    for line in lines:
        message.write_text("")
        status = exit_status("transfer", lambda: do(json.loads(line)))  # noqa: B023  called at once
        answer = {"status": status, "error": message.read_text(), "outcomes": outcomes}
        lines.write(json.dumps(answer) + "\n")
        lines.flush()
