"""The folders that a job sees, although some lie in folders that keep its user out.

A checkout may lie in a private folder, such as /root, and a server's state directory always is private. Such a folder
is covered with an empty one, in the job's own view alone. What the job needs of it is shown at its usual place, and
nothing else.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from emr_containers.runtimes.process.job_user import JobUser, steps
from emr_containers.settings import FolderAccess

TEMPORARY = "/tmp"  # noqa: S108  each job has one of its own


@dataclass(frozen=True, kw_only=True)
class View:
    """The changes to what a process sees, in their order."""

    covers: tuple[str, ...]
    """Folders that become empty."""
    links: tuple[tuple[str, str], ...]
    """Symbolic links that are made anew: path and target."""
    shown: tuple[tuple[str, FolderAccess], ...]
    """Paths that are shown again, a folder before those in it."""


def build_view(needs: Mapping[str, FolderAccess], user: JobUser) -> View:
    """Returns the view in which the user reaches all paths that it needs.

    Args:
        needs: absolute paths, and how each is needed.

    Raises:
        OSError: a path is missing, or its links lead in a circle.
    """
    covers = {os.path.realpath(TEMPORARY)}
    links: dict[str, str] = {}
    real: dict[str, FolderAccess] = {}
    for path, access in needs.items():
        Path(path).stat()
        for step in steps(path):
            if step.folder != "/" and not user.may(Path(step.folder).stat(), 1):
                covers.add(step.folder)
            if step.target is not None:
                links[step.path] = step.target
        there = os.path.realpath(path)
        real[there] = _stronger(real.get(there), access)
    top = _topmost(covers)
    return View(
        covers=tuple(top),
        links=tuple((path, target) for path, target in links.items() if is_below(path, top)),
        shown=tuple((path, access) for path, access in sorted(real.items()) if access == "copy" or is_below(path, top)),
    )


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Returns True if a path is one of these, or lies in one of them."""
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _stronger(known: FolderAccess | None, other: FolderAccess) -> FolderAccess:
    order: tuple[FolderAccess, ...] = ("write", "copy", "read")
    return next(access for access in order if access in (known, other))


def _topmost(folders: Iterable[str]) -> list[str]:
    top: list[str] = []
    for folder in sorted(folders, key=len):
        if not is_below(folder, top):
            top.append(folder)
    return top
