"""Moves tables of any kind and changes targets in any mode until it is stopped or finds a fault: rounds with seeds.

`python -m transfers.soak [SEED]` begins with the seed 1, or goes on from SEED. `make soak-transfers` calls it.
"""

# ruff: noqa: T201  it says how far it is
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

TABLES = 60
"""Tables of a round and test: enough that the start of a JVM is a small part of it."""
_PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--numprocesses=0", "--timeout=0"]
_TESTS = [str(Path(__file__).parent / "values" / name) for name in ("test_any_table.py", "test_any_mode.py")]


def soak(first: int) -> int:
    """Runs rounds from the seed `first`; the exit status of the first that fails."""
    started, tables = time.monotonic(), 0
    environment = os.environ | {"LONGSHORE_TABLES": str(TABLES)}
    for seed in itertools.count(first):
        command = [*_PYTEST, f"--hypothesis-seed={seed}", *_TESTS]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout)
            print(f"The seed {seed} found a fault; `make soak-transfers SEED={seed}` repeats it.")
            return done.returncode
        tables += TABLES * len(_TESTS)
        minutes = (time.monotonic() - started) / 60
        print(f"seed {seed}: ok; {tables} tables in {minutes:.1f} min without a fault", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(soak(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
