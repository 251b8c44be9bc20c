"""The lock of the server that dispatches, as a file and as a session of PostgreSQL's."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.store.locks import FileLock, ServerLock, SessionLock
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import event
from sqlalchemy.engine import make_url
from support.waiting import until


@pytest.fixture(params=["file", "session"])
def lock(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], ServerLock]]:
    """Makes locks of the same thing."""
    made: list[ServerLock] = []

    def make() -> ServerLock:
        if request.param == "file":
            made.append(FileLock(tmp_path / "lock"))
        else:
            made.append(SessionLock(make_url(address(request.getfixturevalue("postgres")))))
        return made[-1]

    yield make
    for lock in made:
        lock.release()


def address(postgres: Postgres) -> str:
    postgres.ensure_database("locks", password="canary")
    return f"postgresql+psycopg://locks:canary@{postgres.host}:{postgres.port}/locks"


def test_one_has_the_lock_and_the_other_gets_it_when_it_is_given_back(lock: Callable[[], ServerLock]) -> None:
    first, second = lock(), lock()
    assert first.acquire()
    assert first.renew()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    assert (first.held, second.held) == (False, True)


def test_a_lock_whose_file_was_removed_is_lost(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    (tmp_path / "lock").unlink()
    assert second.acquire()
    assert not first.renew()
    assert second.renew()


def test_a_lock_whose_session_was_ended_is_lost(postgres: Postgres) -> None:
    url = make_url(address(postgres))
    first, second = SessionLock(url), SessionLock(url)
    assert first.acquire()
    end_sessions(postgres)
    assert not first.renew()
    until("the session has ended", second.acquire)
    second.release()


def test_a_lock_that_its_session_does_not_have_any_more_is_lost(postgres: Postgres) -> None:
    # As behind a pool that gives each transaction another session.
    lock = SessionLock(make_url(address(postgres)))
    assert lock.acquire()
    assert lock._connection is not None
    lock._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
    assert not lock.renew()
    lock.release()


def test_a_connection_that_drops_a_sessions_settings_is_refused_by_name(postgres: Postgres) -> None:
    lock = SessionLock(make_url(address(postgres)))

    @event.listens_for(lock._engine, "connect")
    def _drop(connection: psycopg.Connection, _record: object) -> None:
        connection.execute("SET idle_session_timeout = 0")
        connection.commit()

    with pytest.raises(ConfigurationError, match=r"PgBouncer.*--database-url"):
        lock.acquire()


def end_sessions(postgres: Postgres) -> None:
    with postgres.connect("postgres") as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'locks'")
