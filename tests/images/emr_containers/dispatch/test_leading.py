"""A server that leads, loses its lock and leads again."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from emr_containers.dispatch.leading import lead
from emr_containers.store.database import Database
from emr_containers.store.terms import Term
from longshore_cli.embedded.postgres import Postgres
from support.waiting import until_async

Open = Callable[[], Database]


@pytest.fixture
def opened(postgres: Postgres) -> Iterator[Open]:
    """Opens the same database as another server does, which may be a standby."""
    postgres.ensure_database("leading", password="canary")
    made: list[Database] = []

    def make() -> Database:
        url = f"postgresql+psycopg://leading:canary@{postgres.host}:{postgres.port}/leading"
        made.append(Database(url, standby=True))
        return made[-1]

    yield make
    for database in made:
        database.close()


class Server:
    """Notes the terms in which it may dispatch."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.terms: list[int] = []
        self.dispatching = False

    async def dispatch(self, term: Term) -> None:
        self.terms.append(term.generation)
        self.dispatching = True
        try:
            await asyncio.Event().wait()
        finally:
            self.dispatching = False

    def leading(self) -> "asyncio.Task[None]":
        return asyncio.create_task(lead(self.database, self.dispatch))


def together(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 50))


async def ended(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_a_standby_dispatches_when_the_leader_has_gone(opened: Open) -> None:
    async def test() -> None:
        first, second = Server(opened()), Server(opened())
        leader, standby = first.leading(), second.leading()
        await until_async("the first leads", lambda: first.dispatching)
        assert second.terms == []
        await ended(leader)
        first.database.close()
        await until_async("the second leads", lambda: second.dispatching)
        assert second.terms[0] > first.terms[0]
        await ended(standby)

    together(test())


def test_whose_session_was_ended_stops_dispatching_and_one_of_them_dispatches_again(
    opened: Open, postgres: Postgres
) -> None:
    async def test() -> None:
        servers = [Server(opened()), Server(opened())]
        tasks = [server.leading() for server in servers]
        await until_async("one leads", lambda: any(server.dispatching for server in servers))
        before = sum(len(server.terms) for server in servers)
        with postgres.connect("postgres") as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'leading'")
        await until_async("another term begins", lambda: sum(len(server.terms) for server in servers) > before)
        await until_async("one dispatches", lambda: sum(server.dispatching for server in servers) == 1)
        await ended(*tasks)

    together(test())


def test_a_lock_file_that_was_removed_ends_the_term(tmp_path: Path) -> None:
    async def test() -> None:
        database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
        server = Server(database)
        task = server.leading()
        await until_async("it leads", lambda: server.dispatching)
        (tmp_path / "jobs.sqlite.lock").unlink()
        await until_async("it leads in another term", lambda: len(server.terms) == 2)
        await ended(task)
        database.close()

    together(test())
