"""In place of spark-submit, which takes seconds to start: runs the entry point as Spark would, without Spark."""

import os
import sys

if __name__ == "__main__":
    words = sys.argv[1:]
    first = next(number for number, word in enumerate(words) if word.endswith(".py"))
    os.execv(sys.executable, [sys.executable, *words[first:]])  # noqa: S606
