"""The lock that keeps a second server from dispatching: two servers would start every job twice."""

import fcntl
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import NullPool, create_engine, func, select, text
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import SQLAlchemyError

from emr_containers.exceptions import ConfigurationError

_SERVER = 8999
"""The number of PostgreSQL's lock that the dispatching server has."""
_HELD = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :number "
    "AND objsubid = 1 AND granted AND pid = pg_backend_pid())"
)
LEASE = 8
"""Seconds after which PostgreSQL ends the lock's session when it has heard nothing of its server: the server is paused,
or its host has vanished. A standby needs this, and about two seconds more, to take over."""


class ServerLock(Protocol):
    """The lock of the server that dispatches. Used by one thread at a time."""

    lease: float
    """Seconds that it is held for certain after a renewal has begun."""
    held: bool
    """True if the lock was held at the last check."""

    def acquire(self) -> bool:
        """Takes the lock; False where another server has it."""

    def renew(self) -> bool:
        """Renews the lease; False where the lock is lost."""

    def release(self) -> None:
        """Gives the lock back."""


def lock_file(path: Path, *, what: str) -> None:
    """Locks the file `path` until this process ends, no matter how it ends.

    Args:
        what: the locked thing, as the first words of a message.

    Raises:
        ConfigurationError: another server holds the lock.
        OSError: the file cannot be written.
    """
    if not FileLock(path).acquire():
        raise in_use_error(what)


def in_use_error(what: str) -> ConfigurationError:
    """Returns the error for something that another server uses."""
    return ConfigurationError(f"{what} is in use by another server: stop that server first, or name another one.")


class FileLock:
    """A lock on a file, which goes with the process however that ends."""

    lease = math.inf

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self.held = False

    def acquire(self) -> bool:
        """See `ServerLock.acquire`.

        Raises:
            OSError: the file cannot be written.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)  # programs that we start do not get it
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor, self.held = descriptor, True
        return True

    def renew(self) -> bool:
        """See `ServerLock.renew`: a file that was removed locks out nobody."""
        try:
            self.held = os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            self.held = False
        return self.held

    def release(self) -> None:
        """See `ServerLock.release`."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self.held = -1, False


class SessionLock:
    """An advisory lock of PostgreSQL's, which goes with its session: by a direct connection, not through a pool."""

    lease = float(LEASE)

    def __init__(self, url: URL) -> None:
        """Args:
        url: the database's address; its connection parameters are kept.
        """
        given = url.query.get("options", "")
        options = given if isinstance(given, str) else " ".join(given)
        options += f" -c idle_session_timeout={LEASE}s -c statement_timeout={LEASE}s"
        self._engine = create_engine(
            url, poolclass=NullPool, hide_parameters=True, connect_args=connection_limits() | {"options": options}
        )
        self._connection: Connection | None = None
        self.held = False

    def acquire(self) -> bool:
        """See `ServerLock.acquire`.

        Raises:
            ConfigurationError: the connection goes through a pool.
            sqlalchemy.exc.SQLAlchemyError: the database does not answer.
        """
        try:
            connection = self._session()
            self.held = bool(connection.scalar(select(func.pg_try_advisory_lock(_SERVER))))
        except SQLAlchemyError:
            self.release()
            raise
        return self.held

    def renew(self) -> bool:
        """See `ServerLock.renew`: asks whether the session that has the lock is still this one."""
        try:
            connection = self._connection
            self.held = connection is not None and bool(connection.scalar(_HELD, {"number": _SERVER}))
        except SQLAlchemyError:
            self.held = False
        return self.held

    def release(self) -> None:
        """See `ServerLock.release`: ends the session."""
        connection, held = self._connection, self.held
        self._connection, self.held = None, False
        if connection is not None:
            with suppress(SQLAlchemyError):
                if held:  # PostgreSQL ends the session a moment later than we do
                    connection.execute(select(func.pg_advisory_unlock(_SERVER)))
            with suppress(SQLAlchemyError):
                connection.close()

    def _session(self) -> Connection:
        if self._connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._connection = connection
            if connection.scalar(select(func.current_setting("idle_session_timeout"))) != f"{LEASE}s":
                self.release()
                raise ConfigurationError(
                    "The connection to the database goes through a pool that drops a session's settings, such as "
                    "PgBouncer; the server's lock needs a session of its own: name PostgreSQL's own address with "
                    "--database-url."
                )
        return self._connection


def connection_limits() -> dict[str, Any]:
    """Returns libpq's parameters by which a connection to a host that has vanished fails within seconds."""
    return {
        "connect_timeout": 5,
        "keepalives_idle": 4,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": 6000,
    }
