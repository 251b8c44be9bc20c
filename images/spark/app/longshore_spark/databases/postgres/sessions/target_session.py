"""The session that holds a target's lock, from before the source is read to the commit.

The lock is an advisory one of a transaction that stays open (PostgreSQL, "Advisory Locks"): it needs no privilege and
no table, does not block readers or other programs, and ends with the session, however that ends. The write is committed
in the same transaction, so it happens under the lock.
"""

import hashlib
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from py4j.protocol import Py4JJavaError

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.connecting.server_checks import check_server
from longshore_spark.databases.postgres.sessions.keep_alive import kept_alive
from longshore_spark.databases.postgres.sessions.settings import SETTINGS
from longshore_spark.exceptions import SinkError
from longshore_spark.jdbc.sessions import Row, query
from longshore_spark.spark.java_errors import sql_state

_PAUSE_SECONDS = 0.5
_NOT_SUPPORTED = "0A000"
"""feature_not_supported. Source: PostgreSQL, "Error Codes"."""
_SAVEPOINT = "longshore"
_HOLDER = """
SELECT a.application_name FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.database =
  (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = ?::bigint
"""


def lock_key(*parts: str) -> int:
    """Returns the key of the lock of a target: 64 bits, signed, as `pg_advisory_lock` takes it.

    Args:
        parts: what the target is called, `"lake"` and the like first.
    """
    # Names that differ in case only are one target, which must not be created twice.
    digest = hashlib.sha256("\0".join(("longshore", *parts)).lower().encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class TargetSession:
    """An open connection, whose transaction holds the lock of a target."""

    def __init__(self, opened: Any, target: str) -> None:
        self._opened = opened
        self._target = target
        self._in_use = threading.Lock()  # a ping and a statement must not meet on the connection

    def query(self, statement: str, *parameters: str) -> list[Row]:
        """Returns the rows of a query, as text; parameters stand for `?` and are text."""
        with self._in_use:
            return query(self._opened, statement, *parameters)

    def execute(self, statements: Sequence[str]) -> list[int]:
        """Runs statements; how many rows each has changed (-1: it changes none)."""
        changed = []
        with self._in_use:
            for statement in statements:
                prepared = self._opened.createStatement()
                try:
                    prepared.execute(statement)
                    changed.append(int(prepared.getUpdateCount()))
                finally:
                    prepared.close()
        return changed

    @contextmanager
    def rolled_back_on_error(self) -> Iterator[None]:
        """Undoes the block's statements on an error, and releases its locks, but not the target's lock."""
        self.execute([f"SAVEPOINT {_SAVEPOINT}"])
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the session may have ended, and its transaction with it
                self.execute([f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}"])
            raise

    def commit(self) -> None:
        """Commits, which releases the lock."""
        with self._in_use:
            self._opened.commit()

    def check(self) -> None:
        """Checks that the lock is still held.

        Raises:
            SinkError: the session has ended.
        """
        try:
            self.query("SELECT 1")
        except Exception as error:
            raise SinkError(
                f"The session that held the lock of the target {self._target!r} has ended (a restart, "
                "pg_terminate_backend, a timeout of the server); nothing was written. Run the transfer again."
            ) from error


@contextmanager
def target_session(jdbc: Jdbc, target: str, key: int, lock_timeout: int) -> Iterator[TargetSession]:
    """Waits for the lock, and holds it until the block ends or the session commits.

    Args:
        target: as messages call it.
        key: see `lock_key`.
        lock_timeout: seconds to wait while another has it.

    Raises:
        ConnectionSettingsError: the server is too old, or has not taken the connection's `options`.
        SinkError: another transfer still has it; with its job run.
    """
    opened = jdbc.open()
    try:
        opened.setAutoCommit(False)
        session = TargetSession(opened, target)
        _begin(session, target)
        check_server(opened, jdbc.connection)
        session.execute(SETTINGS)
        _wait(session, target, key, lock_timeout)
        with kept_alive(session.query):
            yield session
    finally:
        with suppress(Exception):
            opened.close()  # without a commit this rolls back


def _begin(session: TargetSession, target: str) -> None:
    # Committed reads, whatever a role's default is, so that the final checks see what others have committed.
    try:
        session.execute(["SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"])
    except Py4JJavaError as error:
        if sql_state(error) != _NOT_SUPPORTED:
            raise
        raise SinkError(
            f"The database of the target {target!r} is a standby, which takes no writes; name the primary as the "
            "connection's host."
        ) from None


def _wait(session: TargetSession, target: str, key: int, lock_timeout: int) -> None:
    deadline, told = time.monotonic() + lock_timeout, False
    while not _taken(session, key):
        holders = [name for (name,) in session.query(_HOLDER, str(key)) if name]
        who = f"the job run {holders[0]}" if holders else "another transfer"
        if time.monotonic() >= deadline:
            raise SinkError(
                f"The target {target!r} is still being written by {who} after {lock_timeout} s; nothing was written. "
                "Run the transfer again when that has ended, or wait longer (lock_timeout)."
            )
        if not told:
            print(
                f"The target {target!r} is being written by {who}; waiting for at most {lock_timeout} s.",
                file=sys.stderr,
                flush=True,
            )
            told = True
        time.sleep(_PAUSE_SECONDS)


def _taken(session: TargetSession, key: int) -> bool:
    ((taken,),) = session.query("SELECT pg_catalog.pg_try_advisory_xact_lock(?::bigint)", str(key))
    return bool(taken == "t")
