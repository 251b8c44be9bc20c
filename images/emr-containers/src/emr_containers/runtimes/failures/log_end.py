"""The reason of a driver's failure, from the end of its output. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emr_containers.runtimes.failures.java_exceptions import Thrown, java_exceptions
from emr_containers.runtimes.failures.lost_executors import killed_executors
from emr_containers.runtimes.failures.python_exceptions import python_exceptions

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SAID_BY_SPARK = re.compile(
    r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d |\{\"ts\":|\[Stage \d+:|WARNING: |Using |Picked up |\s+(?:at |\.\.\. )|Caused by: "
    r"|Exception in thread \"main\" org\.apache\.spark\.SparkUserAppException"
)
"""The beginnings of lines that Spark and Java write by themselves."""
_TABLE = re.compile(r"\s*[|+]|.*\t|only showing top \d+ row")
"""Lines of a table that a program printed: rows are no reason, and do not belong into details."""
_FATAL = re.compile(r"Error: .+|\S*python[\d.]*: can't open file .+")
"""The errors of spark-submit and of an interpreter before the program begins."""


@dataclass(frozen=True, kw_only=True)
class LogEnd:
    """The findings about a driver's failure in the end of its output."""

    exception: str = ""
    """The type and message of the last exception, on one line; empty: there is none."""
    last_line: str = ""
    """The last line of the program after the exception, or of all; empty: there is none."""
    executors: tuple[str, ...] = ()
    """The numbers of the executors that Spark lost because they were killed by SIGKILL, as when memory runs out."""


NOTHING = LogEnd()


def log_end(outputs: Mapping[str, str]) -> LogEnd:
    """Returns what the ends of a driver's streams say about its failure.

    PySpark's Python driver writes to the standard output, through spark-submit; other programs write to the standard
    error. An exception that ended the program counts before one that was only written, and the last one counts.

    Args:
        outputs: the ends of the streams, the one with the program's own errors first. A last line counts only there.
    """
    ends = [_stream(output) for output in outputs.values()]
    executors = dict.fromkeys(number for output in outputs.values() for number in killed_executors(output))
    found = [(thrown.uncaught, -index, thrown.text, last) for index, (thrown, last) in enumerate(ends) if thrown]
    if found:
        uncaught, other, text, last = max(found)
        if other and not uncaught and ends[0][0] is None:
            last = ends[0][1]  # the exception was only written, so the program's last words may be the reason
        return LogEnd(exception=_plain(text), last_line=_plain(last), executors=tuple(executors))
    if fatal := next((last for _, last in ends if _FATAL.match(last)), ""):
        return LogEnd(exception=_plain(fatal), executors=tuple(executors))
    return LogEnd(last_line=_plain(ends[0][1]) if ends else "", executors=tuple(executors))


def _stream(output: str) -> tuple[Thrown | None, str]:
    """Returns a stream's last exception, and the last line after it."""
    lines = [line.rstrip() for line in re.split(r"[\r\n]", _ANSI.sub("", output))]
    python, java = python_exceptions(lines), java_exceptions(lines)
    # An exception of Java that lies in a traceback of Python is described there.
    java = [thrown for thrown in java if not any(other.first <= thrown.first < other.end for other in python)]
    every = sorted([*python, *java], key=lambda thrown: (thrown.uncaught, thrown.end))
    last = every[-1] if every else None
    return last, _last_line(lines[last.end :] if last else lines)


def _last_line(lines: Sequence[str]) -> str:
    said = [line for line in lines if line.strip() and not _SAID_BY_SPARK.match(line)]
    if fatal := [line for line in said if _FATAL.match(line)]:
        return fatal[-1]
    return next((line for line in reversed(said[-1:]) if not _TABLE.match(line)), "")


def _plain(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
