"""One server at a time: two would start every job twice."""

import fcntl
import os
from pathlib import Path

from emr_containers.exceptions import ConfigurationError


def hold(path: Path, *, what: str) -> None:
    """Locks the file `path` for as long as this process lives, however it ends.

    Args:
        what: what the lock stands for, as a message begins.

    Raises:
        ConfigurationError: another server has it.
        OSError: the file cannot be written.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)  # kept open; programs that we start do not get it
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise in_use(what) from None


def in_use(what: str) -> ConfigurationError:
    """The error for something that another server has."""
    return ConfigurationError(f"{what} is in use by another server: end that one first, or name another.")
