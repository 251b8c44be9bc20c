"""What a transfer tells of itself: a line on stdout when it is done, a message when it is not."""

import json
import os
from pathlib import Path
from typing import TypedDict

_LONGEST = 4096
MARK = "LONGSHORE_RESULT"
"""Begins the line on stdout that the operator reads."""


class Side(TypedDict, total=False):
    """One side of a transfer: its name, rows read or written, and, of a sink, rows in it afterwards."""

    name: str
    rows: int
    total_rows: int


class Result(TypedDict, total=False):
    """A finished transfer. `seconds`: start (until the session was there), read_write, total."""

    source: Side
    sink: Side
    seconds: dict[str, float]
    partitions: int


def report(result: Result) -> None:
    """Prints the result's line."""
    print(f"{MARK} {json.dumps(result)}", flush=True)


def leave_message(message: str) -> None:
    """Leaves the message where whoever runs the job looks for it.

    Source: Kubernetes, "Determine the Reason for Pod Failure": /dev/termination-log, at most 4,096 bytes.
    """
    path = Path(os.environ.get("LONGSHORE_TERMINATION_LOG", "/dev/termination-log"))
    if path.parent != Path("/dev") or path.exists():
        path.write_bytes(message.encode()[:_LONGEST].decode(errors="ignore").encode())  # no character cut in two
