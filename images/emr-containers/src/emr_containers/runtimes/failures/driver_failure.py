"""The words for a driver that ended by itself, with a status other than 0. Pure."""

import re
import signal
from contextlib import suppress

from emr_containers.jobs.state_details import LIMIT, cut
from emr_containers.runtimes.failures.log_end import LogEnd

MORE_MEMORY = "raise spark.executor.memory or spark.executor.memoryOverhead"
"""The way out for executors that ran out of memory."""
_EXCEPTION, _LINE = 150, 80
"""The longest exception and the longest last line, in characters, where both are told."""
_PREFIX = 30
"""The room for the number of an attempt, which the dispatcher may put before the words."""
_OF_EXECUTORS = re.compile(r"(?i)ExecutorLost|lost executor|executor failures|FetchFailed|code 137|heartbeat")
"""The words of failures that the loss of an executor explains."""


def killed_by(status: int) -> signal.Signals | None:
    """Returns the signal that ended a program, which shells and container runtimes report as a status from 128."""
    with suppress(ValueError):
        return signal.Signals(status - 128)
    return None


def own_words(end: LogEnd, *, status: int) -> str:
    """Returns what a driver's output says about its failure; empty if it says nothing.

    Args:
        status: the driver's exit status. Python exits with 1 after `sys.exit("a text")`.
    """
    if not end.exception:
        return (
            f"The driver exited with status 1, its last line: {end.last_line}" if end.last_line and status == 1 else ""
        )
    if not end.last_line:
        return end.exception
    return f"{cut(end.exception, _EXCEPTION)} (last line: {cut(end.last_line, _LINE)})"


def driver_failure(own: str, end: LogEnd, *, status: int, killed: str = "", log: str) -> str:
    """Returns why a driver failed, as one text that begins with the reason.

    Args:
        own: the message that the driver left; it comes first. Empty: it left none.
        killed: a sentence about executors that ran out of memory, from the cluster. Empty: the log may know of some.
        log: the name of the stream to look at if nothing is known.
    """
    said = own or own_words(end, status=status)
    killed = killed or _killed(end)
    if not killed:
        return said or f"The driver exited with status {status} and left no message; see its {log}."
    if not said:
        return f"{killed} The driver exited with status {status}."
    if not own and _OF_EXECUTORS.search(said):
        return f"{killed} {said}"
    # Both fit: the executors are named even after a long message.
    return f"{cut(said.rstrip('.'), LIMIT - _PREFIX - len(killed))}. {killed}"


def _killed(end: LogEnd) -> str:
    if not end.executors:
        return ""
    *others, last = end.executors
    which = f"Executors {', '.join(others[-3:])} and {last} were" if others else f"Executor {last} was"
    return f"{which} killed (exit code 137), as when memory runs out: {MORE_MEMORY}."
