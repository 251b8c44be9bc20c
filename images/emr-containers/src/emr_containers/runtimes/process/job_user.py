"""The user that jobs run as, beside a server that is root; and which paths that user can read or change."""

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emr_containers.exceptions import ConfigurationError

_MOST_LINKS = 40
"""Symbolic links on the way of one path; Linux follows no more (path_resolution(7))."""


@dataclass(frozen=True, kw_only=True)
class JobUser:
    """The user of jobs, by its IDs."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    """The IDs of its further groups."""
    accounts: tuple[tuple[str, str], ...] = ()
    """A line for each of /etc/passwd and /etc/group that knows no such ID; Hadoop runs for no user without a name."""

    def may(self, status: os.stat_result, right: int) -> bool:
        """Returns True if the permissions of a file give the user a right.

        Args:
            right: 4 to read, 2 to write, 1 to execute or to enter.
        """
        if status.st_uid == self.uid:
            return bool(status.st_mode >> 6 & right)
        if status.st_gid in (self.gid, *self.groups):
            return bool(status.st_mode >> 3 & right)
        return bool(status.st_mode & right)


@dataclass(frozen=True)
class Step:
    """One name on the way of a path."""

    folder: str
    """The folder that is entered, without links."""
    path: str
    """The name in it, with the folder."""
    target: str | None
    """The target, if the name is a symbolic link."""


def find_job_user(text: str) -> JobUser:
    """Returns the user with this name, or with this ID.

    Raises:
        ConfigurationError: there is no such user, it is the server's own, or the server is not root.
    """
    if os.geteuid() != 0:
        raise ConfigurationError("--job-user needs a server that root runs; leave it out, or start the server as root.")
    if text.isascii() and text.isdigit() and len(text) < 10:
        user = _by_id(int(text))
    else:
        try:
            entry = pwd.getpwnam(text)
        except KeyError:
            raise ConfigurationError(
                f"--job-user is {text!r}, and this machine has no such user; name one, or give an unused user ID."
            ) from None
        user = _named(entry)
    if user.uid == 0:
        raise ConfigurationError("--job-user is root, as the server itself is; name another user.")
    return user


def steps(path: str) -> Iterator[Step]:
    """Yields the names on the way of an absolute path, through its links, up to the first that is missing.

    Raises:
        OSError: a link leads in a circle, or a folder cannot be entered.
    """
    left, at, links = _names(path), Path("/"), 0
    while left:
        name = left.pop(0)
        if name == "..":
            at = at.parent
            continue
        here = at / name
        target = str(here.readlink()) if here.is_symlink() else None
        yield Step(str(at), str(here), target)
        if target is not None:
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            left = _names(target) + left
            at = Path("/") if target.startswith("/") else at
        elif os.path.lexists(here):
            at = here
        else:
            return


def changeable(path: Path, user: JobUser) -> str | None:
    """Returns the first folder on the way of a path, or the path itself, in which the user could put something else.

    None: the user can change nothing of it.
    """
    for step in steps(str(path)):
        folder = Path(step.folder).stat()
        sticky = folder.st_mode & stat.S_ISVTX and _owner(step.path) not in (user.uid, None)
        if folder.st_uid == user.uid or (user.may(folder, 2) and not sticky):
            return step.folder
    return str(path) if path.exists() and _may_change(path.stat(), user) else None


def check_unreadable(path: Path, user: JobUser, *, option: str) -> None:
    """Checks that jobs can neither read nor replace one of the server's own files.

    The file itself must be closed: a job is shown files that its request names, if they are open, from any folder.

    Raises:
        ConfigurationError: the permissions of the file or its folders let them.
    """
    path = path.absolute()
    try:
        readable = user.may(path.stat(), 4)
    except OSError:
        return  # it is missing, which is said elsewhere
    if readable or changeable(path, user) is not None:
        raise ConfigurationError(
            f"The file {str(path)!r} of {option} can be read or replaced by the jobs' user {user.uid}. Make it and its "
            "folder root's own, and take the rights of others away (chmod 600)."
        )


def _may_change(status: os.stat_result, user: JobUser) -> bool:
    return status.st_uid == user.uid or user.may(status, 2)


def _owner(path: str) -> int | None:
    try:
        return os.lstat(path).st_uid
    except FileNotFoundError:
        return None


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]


def _named(entry: pwd.struct_passwd) -> JobUser:
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    return JobUser(uid=entry.pw_uid, gid=entry.pw_gid, groups=tuple(groups))


def _by_id(number: int) -> JobUser:
    try:
        return _named(pwd.getpwuid(number))
    except KeyError:
        lines = [("/etc/passwd", f"job-{number}:x:{number}:{number}::/nonexistent:/bin/false")]
    try:
        grp.getgrgid(number)
    except KeyError:
        lines.append(("/etc/group", f"job-{number}:x:{number}:"))
    return JobUser(uid=number, gid=number, accounts=tuple(lines))
