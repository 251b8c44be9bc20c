"""Files that only the server's user may read: they hold what jobs are given, in clear."""

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077


def make_private(*paths: Path) -> None:
    """Takes the rights of all other users from those of `paths` that exist and are ours to change.

    A folder that Kubernetes mounts is root's, whoever the server is; its rights are those of the pod.
    """
    for path in paths:
        with suppress(FileNotFoundError, PermissionError):
            mode = path.lstat().st_mode
            if mode & _OTHERS and not stat.S_ISLNK(mode):
                path.chmod(stat.S_IMODE(mode) & ~_OTHERS)


def make_tree_private(folder: Path) -> None:
    """Takes the rights of all other users from `folder` and, where they had any, from all that lies in it.

    A folder that was private has kept others out, so what lies in it is not looked at again at each start.
    """
    if not folder.lstat().st_mode & _OTHERS:
        return
    # The folder last: a server that is killed in between begins anew.
    for parent, folders, files in os.walk(folder):
        make_private(*(Path(parent) / name for name in (*folders, *files)))
    make_private(folder)
