"""The job of the conformance suite, the same for every target: `entry_point.py succeed`, `fail` or `sleep`."""

import sys
import time

if __name__ == "__main__":
    if sys.argv[1] == "sleep":
        time.sleep(600)
    sys.exit(1 if sys.argv[1] == "fail" else 0)
