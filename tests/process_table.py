"""Looking at the machine's processes."""

import os

import psutil


def gone(pid: int) -> bool:
    """Returns whether a process has ended. A zombie counts as ended: some parents (a container's first process, a test
    runner) take their time to remove it from the process table."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def group_of(pid: int) -> int | None:
    """The process group; None if there is no such process."""
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
