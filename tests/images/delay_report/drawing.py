"""The image's program, for `forked`; runs in the image's environment."""

import sys

import delay_report


def main() -> int:
    """Draws as `python delay_report.py …` does, but waits less for a database that will not start."""
    return int(delay_report.main(sys.argv[1:], patience=0.5))
