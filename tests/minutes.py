"""The duration of a command, in minutes and as a multiple of one empty `spark-submit` on the same machine.

`python tests/minutes.py NAME SECONDS` prints the line for a command that a shell has timed.
"""

import subprocess
import sys
import time
from pathlib import Path

_IMAGE = Path(__file__).resolve().parents[1] / "images" / "spark"
_EMPTY_JOB = Path(__file__).with_name("support") / "empty_job.py"


def empty_spark_submit() -> float:
    """Runs a Spark job that opens a session and ends.

    Returns:
        The seconds it took.

    Raises:
        subprocess.CalledProcessError: Spark failed.
    """
    started = time.monotonic()
    subprocess.run([_IMAGE / "bin/spark-submit", "--master", "local[1]", _EMPTY_JOB], check=True, capture_output=True)
    return time.monotonic() - started


def last_line(name: str, *, seconds: float) -> str:
    """The line that says how long the command `name` took."""
    empty = empty_spark_submit()
    return f"{name}: {seconds / 60:.1f} min ({seconds / empty:.0f} times an empty spark-submit, {empty:.1f} s here)"


if __name__ == "__main__":
    print(last_line(sys.argv[1], seconds=float(sys.argv[2])))  # noqa: T201
