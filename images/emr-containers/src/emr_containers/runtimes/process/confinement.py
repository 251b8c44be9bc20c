"""Jobs as another user than the server: what the server, as root, prepares for each, and a trial at its start."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.runtimes.process import confine
from emr_containers.runtimes.process.job_user import JobUser, changeable, steps
from emr_containers.runtimes.process.view import TEMPORARY, build_view, is_below
from emr_containers.settings import FolderAccess, Release

_ROOTS = ("PATH", "LANG")
"""Variables of the programs that root runs around a job; those of the job could make them load its files."""
_TRIAL = 'while [ $# -gt 0 ]; do [ "$1" "$2" ] || { echo "$2"; exit 3; }; shift 2; done'


@dataclass(frozen=True, kw_only=True)
class Launch:
    """The words of a job's command, and the environment of its launcher."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """The separation of jobs from the server, by a user of their own."""

    user: JobUser

    def give(self, path: Path) -> None:
        """Makes a file or folder the jobs'."""
        os.chown(path, self.user.uid, self.user.gid, follow_symlinks=False)

    def variables(self, folder: Path) -> dict[str, str]:
        """Returns the variables in which a job differs from the server: what is private to a user.

        A home of its own: a cache that other jobs read, such as Ivy's, is one that a job could fill.
        """
        work = folder / "work"
        return {"HOME": str(work), "XDG_CACHE_HOME": str(work / ".cache"), "TMPDIR": TEMPORARY}

    def prepare(
        self, folder: Path, *, command: Sequence[str], environment: Mapping[str, str], needs: Mapping[str, FolderAccess]
    ) -> Launch:
        """Makes an attempt's folder ready, with the job's own `work` and `tmp`.

        Args:
            environment: the job's variables.
            needs: what the job needs of folders that keep its user out, besides the attempt's own.

        Raises:
            OSError: something that the job needs is missing.
        """
        work, temporary, message = folder / "work", folder / "tmp", folder / "termination-log"
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary.mkdir(exist_ok=True)
        temporary.chmod(0o1777)
        message.touch(mode=0o600)
        for path in (work, message):
            self.give(path)
        own: dict[str, FolderAccess] = {str(work): "write", str(message): "write"}
        if (folder / "conf").is_dir():
            own[str(folder / "conf")] = "read"
            self._let_read(folder / "conf", *(folder / "conf").iterdir())
        view = build_view({**self._named(command), **needs, **own}, self.user)
        settings = {
            "uid": self.user.uid,
            "gid": self.user.gid,
            "groups": self.user.groups,
            "work": str(work),
            "message": str(message),
            "temporary": str(temporary),
            "temporary_place": os.path.realpath(TEMPORARY),
            "covers": view.covers,
            "links": view.links,
            "shown": [*((path, path, access) for path, access in view.shown), *self._accounts(folder)],
            "environment": dict(environment),
        }
        write_whole(folder / "job.json", json.dumps(settings))
        around = {name: os.environ[name] for name in _ROOTS if name in os.environ}
        around |= {"LONGSHORE_TERMINATION_LOG": str(message), "LONGSHORE_JOB_USER": f"{self.user.uid}:{self.user.gid}"}
        program = (sys.executable, "-I", "-S", confine.__file__, str(folder / "job.json"))
        return Launch(command=(*program, *command), environment=around)

    def try_out(self, state_directory: Path, releases: Iterable[Release]) -> None:
        """Runs a program as a job would run, which looks at what the jobs of all releases need.

        Raises:
            ConfigurationError: this machine cannot separate jobs, or they cannot read what they need.
        """
        rows = list(releases)
        needs = {path: access for release in rows for path, access in release.job_folders.items()}
        checks = [("-w" if access == "write" else "-r", path) for path, access in needs.items()]
        for release in rows:
            checks.append(("-r", str(release.application_directory)))
            if "/" in release.command[0] and os.path.lexists(release.command[0]):
                checks.append(("-x", release.command[0]))
        with tempfile.TemporaryDirectory(dir=state_directory, prefix="trial-") as name:
            words = ("/bin/sh", "-c", _TRIAL, "trial", *(word for check in checks for word in check))
            try:
                launch = self.prepare(Path(name), command=words, environment={"PATH": os.defpath}, needs=needs)
                done = subprocess.run(
                    launch.command,
                    env=dict(launch.environment),
                    cwd=Path(name) / "work",
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            except OSError as error:
                raise ConfigurationError(
                    f"Jobs cannot run as the user {self.user.uid}: {error.filename!r}: {error.strerror}. Correct "
                    "`job_folders` of the release table."
                ) from error
        if done.returncode == 3:
            raise ConfigurationError(
                f"Jobs cannot run as the user {self.user.uid}, who cannot use {done.stdout.strip()!r}: let that user "
                "read it (chmod -R o+rX) or own it, or name it in `job_folders` of the release table."
            )
        if done.returncode != 0:
            raise ConfigurationError(
                f"Jobs cannot run as the user {self.user.uid} on this machine: {done.stderr.strip()} The server needs "
                "all rights of root (CAP_SYS_ADMIN), also in a container; without --job-user jobs run as root."
            )

    def check_entry_point(self, uri: str, command: Sequence[str], needs: Mapping[str, FolderAccess]) -> None:
        """Checks that a job may read the program that it names, if that is a file of this machine.

        Raises:
            ValidationException: it may not.
        """
        path = _local_path(uri)
        if path is None or not os.path.isfile(path):  # noqa: PTH113  Path raises for a long name
            return
        shown = [os.path.realpath(each) for each in (*self._named(command), *needs)]
        ways = (Path(step.folder).stat() for step in steps(path))
        if not is_below(os.path.realpath(path), shown) and not (
            all(self.user.may(folder, 1) for folder in ways) and self.user.may(Path(path).stat(), 4)
        ):
            raise ValidationException(
                f"The entry point {uri!r} is closed to the jobs' user {self.user.uid}: let others read it (chmod o+r)."
            )

    def _named(self, command: Sequence[str]) -> dict[str, FolderAccess]:
        """Returns what the command's words name: a script in a user's own folder, files of the machine's /tmp."""
        paths = {_local_path(part) for word in command for part in word.split(",")}
        return {path: "read" for path in paths if path is not None and self._is_shown(path)}

    def _is_shown(self, path: str) -> bool:
        try:
            real = Path(path).resolve(strict=True)
            if real.is_file():
                # Open to anyone by itself, in whatever folder; and no file of a job's, which may be of another run.
                return bool(real.stat().st_mode & 0o004) and changeable(Path(path), self.user) is None
            on_the_way = all(self.user.may(Path(step.folder).stat(), 1) for step in steps(path))
            return on_the_way and Path(TEMPORARY).resolve() in real.parents
        except (OSError, ValueError, RuntimeError):  # no path that is there, however it is written
            return False

    def _let_read(self, *paths: Path) -> None:
        for path in paths:
            os.chown(path, 0, self.user.gid)
            path.chmod(0o750 if path.is_dir() else 0o640)

    def _accounts(self, folder: Path) -> Iterable[tuple[str, str, FolderAccess]]:
        for place, line in self.user.accounts:
            path, known = folder / Path(place).name, Path(os.path.realpath(place))
            write_whole(path, f"{known.read_text().rstrip()}\n{line}\n" if known.exists() else f"{line}\n", mode=0o644)
            if known.exists():
                yield str(path), str(known), "read"


def _local_path(text: str) -> str | None:
    """Returns the path of an absolute path or a `file:` URI; None for anything else."""
    if text.startswith("/"):
        return text
    try:
        uri = urlsplit(text)
    except ValueError:
        return None
    return unquote(uri.path) if uri.scheme == "file" and uri.path.startswith("/") else None


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Writes a file whole or not at all: a launcher that a killed server has started may read it."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text)
    new.chmod(mode)
    new.rename(path)
