"""Looking at the machine's processes."""

import psutil


def gone(pid: int) -> bool:
    """Whether a process has ended. What is left of it in the process table is its new parent's to take away, and some
    parents (a container's first process, a test runner) take their time."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
