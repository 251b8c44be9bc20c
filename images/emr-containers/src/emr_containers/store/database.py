"""The server's database: short transactions on SQLite (a file) or PostgreSQL."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from emr_containers.exceptions import ConfigurationError, TermEndedError
from emr_containers.store.locks import FileLock, ServerLock, SessionLock, connection_limits, in_use_error
from emr_containers.store.private_files import make_private
from emr_containers.store.tables import DispatchGeneration
from emr_containers.store.terms import Term
from emr_containers.store.upgrade import upgrade

_WRITERS = 8998
"""The number of the advisory lock in PostgreSQL that each writing transaction takes."""
_IDLE_WRITER_SECONDS = 8
"""Seconds after which PostgreSQL ends the transaction of a paused server, which would keep a standby waiting."""
_LATEST_GENERATION = select(DispatchGeneration.__table__.c.generation).where(DispatchGeneration.__table__.c.id == 1)
"""Asked before each of a dispatcher's changes, so not by way of an object."""


class Database:
    """Short transactions on one engine. Safe to use from several threads."""

    lock: ServerLock
    """The lock of the server that dispatches."""

    def __init__(self, url: str, *, standby: bool = False) -> None:
        """Opens the database, takes its lock and brings its schema to the newest revision.

        Args:
            standby: True if a server that finds PostgreSQL's lock taken opens the database all the same.

        Raises:
            ConfigurationError: it cannot be opened, another server uses it, or its schema is not one of an earlier
                server's. The message does not repeat a password in the URL.
        """
        try:
            parsed = make_url(url)
        except SQLAlchemyError as error:
            raise ConfigurationError(
                "--database-url is not a URL; give one like sqlite:////var/lib/jobs.sqlite."
            ) from error
        shown = parsed.render_as_string(hide_password=True)
        self._writing = threading.Lock()
        try:
            # Hidden: parameters contain the jobs' arguments.
            self._engine = create_engine(parsed, hide_parameters=True, **_connections(parsed))
            if self._engine.dialect.name == "sqlite":
                standby = False
                if parsed.database in (None, "", ":memory:"):
                    raise ConfigurationError(
                        f"The database {shown!r} has no file, so job runs would be lost; name a file."
                    )
                path = Path(str(parsed.database))
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                make_private(path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm")))
                self.lock = FileLock(path.with_name(f"{path.name}.lock"))
                _prepare_sqlite(self._engine)
            else:
                self.lock = SessionLock(parsed)
                _prepare_postgresql(self._engine)
            if not self.lock.acquire() and not standby:
                self.lock.release()
                raise in_use_error(f"The database {shown!r}")
            try:
                upgrade(self._engine, shown=shown)
            except BaseException:
                self.close()
                raise
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise ConfigurationError(
                f"The database {shown!r} cannot be opened: {_reason(error)}; check --database-url, and the rights of "
                "the database's user."
            ) from error

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Gives a session that only reads."""
        with Session(self._engine.execution_options(reads_only=True), expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, *, term: Term | None = None) -> Iterator[Session]:
        """Gives a session whose changes are committed together at its end, or not at all.

        Args:
            term: the term that a dispatcher's changes need. No later term begins before they are committed.

        Raises:
            TermEndedError: the term is over.
        """
        # Threads wait for this lock in turn; SQLite's own lock is polled with growing pauses.
        with self._writing, Session(self._engine, expire_on_commit=False) as session, session.begin():
            if term is not None:
                term.check()
                if session.connection().scalar(_LATEST_GENERATION) != term.generation:
                    raise TermEndedError(f"Another server dispatches: generation {term.generation} is over.")
            yield session

    def begin_term(self) -> Term:
        """Begins the term of the server that has the lock; every term before it is over."""
        with self.write() as session:
            latest = session.get(DispatchGeneration, 1)
            if latest is None:
                latest = DispatchGeneration(id=1, generation=0)
                session.add(latest)
            latest.generation += 1
            return Term(generation=latest.generation)

    def close(self) -> None:
        """Releases the lock and closes all connections."""
        self.lock.release()
        self._engine.dispose()


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    # The database driver's own message; SQLAlchemy's contains statements.
    cause = str(getattr(error, "orig", None) or error).strip()
    return cause.splitlines()[0].rstrip(".") if cause else type(error).__name__


def _connections(url: URL) -> dict[str, Any]:
    """Returns the engine's options for the connections of requests and of the dispatcher."""
    if url.get_backend_name() != "postgresql":
        return {}
    given = url.query.get("options", "")
    options = given if isinstance(given, str) else " ".join(given)
    options += f" -c idle_in_transaction_session_timeout={_IDLE_WRITER_SECONDS}s"
    # After a restart of PostgreSQL, or the end of its sessions, the pool holds connections that are closed.
    return {"connect_args": connection_limits() | {"options": options}, "pool_pre_ping": True}


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # `_begin` begins transactions
        connection.execute("PRAGMA journal_mode=WAL")  # readers do not wait for the writer
        connection.execute("PRAGMA busy_timeout=30000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads first and writes later could lose a race in between, so it takes the lock at once.
        # With PostgreSQL, too, one transaction writes at a time.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _prepare_postgresql(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if not connection.get_execution_options().get("reads_only", False):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS})")
