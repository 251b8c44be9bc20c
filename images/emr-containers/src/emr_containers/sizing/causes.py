"""The causes of failed tasks and lost executors, from the texts that Spark logs. Pure.

Sources: Spark 4.1, ExecutorExitCode.explainExitCode (52 is a full heap; 137 SIGKILL, as the kernel's OOM killer sends
it), TaskEndReason, ExecutorPodsLifecycleManager; YARN's messages of earlier clusters.
"""

import re

from emr_containers.sizing.profile import Cause

_HEAP = re.compile(
    r"java\.lang\.OutOfMemoryError|SparkOutOfMemoryError|GC overhead limit|\b(?:code|status)(?: of)? 52\b"
)
_CONTAINER = re.compile(
    r"OOMKilled|\b(?:code|status)(?: of)?:? 137\b|ExitCode: 137\b|exceeding (?:physical )?memory limits"
)
_PYTHON = re.compile(r"\bMemoryError\b")
_CRASH = re.compile(r"Python worker exited unexpectedly")
_FETCH = re.compile(r"FetchFailed")
_RELEASED = re.compile(r"killed by driver|Executor decommission|idle", re.IGNORECASE)


def cause_of(text: str) -> Cause:
    """Returns the cause that a task's end or an executor's loss names.

    Args:
        text: reason, exception and message, one after the other.
    """
    if _PYTHON.search(text):
        return "python"
    if _CONTAINER.search(text):
        return "container"
    if _HEAP.search(text):
        return "heap"
    if _CRASH.search(text):
        return "crash"
    return "fetch" if _FETCH.search(text) else "other"


def was_released(reason: str) -> bool:
    """Returns True if Spark itself ended the executor, since nothing needed it."""
    return _RELEASED.search(reason) is not None and cause_of(reason) == "other"
