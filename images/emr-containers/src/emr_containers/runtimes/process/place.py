"""The state directory in which an attempt was claimed: its folder is there, wherever the server's own is by now."""

import os
import uuid
from pathlib import Path

from emr_containers.runtimes.runtime import JobAttempt


class Place:
    """A server's own state directory."""

    def __init__(self, folder: Path) -> None:
        """Gives the directory an ID, in its file `id`, if it has none.

        Raises:
            OSError: it cannot be read or written.
        """
        self._folder, self._id = folder.resolve(), _made_id(folder)

    @property
    def name(self) -> str:
        """The ID and the path, for the database."""
        return f"{self._id} {self._folder}"

    def directory(self, claimed_in: str | None) -> Path | None:
        """Returns the state directory of that name as it is seen from here; None where it cannot be seen.

        Args:
            claimed_in: a `name`; None stands for this directory.
        """
        identifier, _, path = (claimed_in or self.name).partition(" ")
        if identifier == self._id:
            return self._folder  # perhaps under another path: it was moved
        # Another machine may have another directory under this path.
        return Path(path) if path and _id(Path(path)) == identifier else None


def attempt_folder(state_directory: Path, job: JobAttempt) -> Path:
    """Returns the attempt's folder in a state directory."""
    return state_directory / "attempts" / job.id / str(job.attempt)


def marker(job: JobAttempt) -> str:
    """Returns the name of the attempt's launcher in the process table."""
    return f"job-run-{job.id}-attempt-{job.attempt}"


def _id(folder: Path) -> str:
    try:
        return (folder / "id").read_text().strip()
    except (OSError, ValueError):
        return ""


def _made_id(folder: Path) -> str:
    path = folder / "id"
    if not path.exists():
        # Whole or not at all; the server has the directory to itself.
        new = folder / "id.new"
        with new.open("w") as file:
            file.write(uuid.uuid4().hex)
            file.flush()
            os.fsync(file.fileno())
        new.rename(path)
    return path.read_text().strip()
