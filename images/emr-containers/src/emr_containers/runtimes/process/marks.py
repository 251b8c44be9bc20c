"""The files in an attempt's folder by which launcher, job and servers know of each other."""

from pathlib import Path

LOG_STARTS = "log-starts"
"""The file in an attempt's folder that says where its output begins in the run's log."""
_LONGEST_MESSAGE = 4096
"""The number of bytes read of a termination log, as in Kubernetes."""


def claim_pid_file(folder: Path) -> bool:
    """Creates an attempt's `pid`, so that no launcher can start it any more. Returns False if one has started it.

    Raises:
        OSError: the folder cannot be written to.
    """
    try:
        (folder / "pid").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def has_begun(folder: Path) -> bool:
    """Returns True where a launcher, or the end of the job, has left its mark in an attempt's folder."""
    return (folder / "pid").exists() or (folder / "exit").exists()


def exit_status(folder: Path) -> int | None:
    """Returns the job's exit status, as its launcher has written it down; None: it has not ended."""
    try:
        return int((folder / "exit").read_text())
    except (OSError, ValueError):
        return None


def note_stop(folder: Path) -> None:
    """Notes that a server stops the attempt.

    Raises:
        OSError: the folder was removed, for example.
    """
    (folder / "stopped").touch()


def was_stopped(folder: Path) -> bool:
    """Returns True where a server has stopped the attempt."""
    return (folder / "stopped").exists()


def termination_message(folder: Path) -> str:
    """Returns the message that the driver has left; empty where it left none."""
    try:
        with (folder / "termination-log").open("rb") as file:
            message = file.read(_LONGEST_MESSAGE)
    except OSError:
        return ""  # most jobs leave none, and anything but a file is not a message
    # The job can write anything, and PostgreSQL does not store a NUL.
    return message.decode(errors="replace").replace("\0", "").strip()
