"""Many who ask for the same thing: it is computed once for all of them, and never most of the time."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path

import httpx
import pytest
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.http.sharing import Shared
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

CALLERS = 100


def test_all_who_ask_while_it_is_computed_share_one_result_and_who_asks_later_gets_another() -> None:
    numbers, go = count(1), threading.Event()

    def compute() -> int:
        assert go.wait(30)
        return next(numbers)

    async def ask() -> None:
        shared = Shared(compute)
        asking = [asyncio.create_task(shared.get()) for _ in range(CALLERS)]
        await asyncio.sleep(0)  # all have asked
        asking[0].cancel()
        go.set()
        assert await asyncio.gather(*asking[1:]) == [1] * (CALLERS - 1)
        assert await shared.get() == 2

    asyncio.run(ask())


def test_all_who_ask_while_it_fails_get_its_error_and_the_next_one_tries_again() -> None:
    results = iter([ValueError("away"), "there"])

    def compute() -> str:
        if isinstance(result := next(results), ValueError):
            raise result
        return result

    async def ask() -> None:
        shared = Shared(compute)
        failed = await asyncio.gather(*(shared.get() for _ in range(CALLERS)), return_exceptions=True)
        assert {str(error) for error in failed} == {"away"}
        assert await shared.get() == "there"

    asyncio.run(ask())


@settings(max_examples=15, derandomize=True)
@given(st.lists(st.floats(0, 60), min_size=1, max_size=20))
def test_whatever_it_takes_it_is_computed_a_fifth_of_the_time_or_waits_a_second(durations: list[float]) -> None:
    now, spent, waits = 0.0, 0.0, 0.0
    took = iter(durations)

    def compute() -> None:
        nonlocal now, spent
        spent = next(took)
        now += spent

    async def sleep(seconds: float) -> None:
        nonlocal now, waits
        now, waits = now + seconds, seconds

    async def ask() -> None:
        shared = Shared(compute, now=lambda: now, sleep=sleep)
        await shared.get()
        for _ in durations[1:]:
            before = spent
            await shared.get()
            assert waits == pytest.approx(min(max(0.05, 4 * before), 1.0), abs=1e-6)

    asyncio.run(ask())


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/healthz"])
def test_many_callers_cost_the_database_a_few_queries_and_none_is_refused(tmp_path: Path, path: str) -> None:
    queries: list[str] = []
    asked = callers_of(tmp_path, path)

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("SELECT"):
            queries.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        statuses = asyncio.run(asked(lambda: queries.clear()))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert statuses == [200] * CALLERS
    of_the_page = [query for query in queries if "virtual_clusters" in query or "GROUP BY" in query]
    assert 1 <= len(of_the_page) <= CALLERS / 5


def callers_of(folder: Path, path: str) -> Callable[[Callable[[], None]], Awaitable[list[int]]]:
    """A function that asks a server many times at once, after it has called what it is given."""
    database = Database(f"sqlite:///{folder / 'jobs.sqlite'}")
    runtime = ProcessRuntime(state_directory=folder, default_logs=folder, releases={})
    server = Settings(state_directory=folder, database_url="", releases={})
    application = build_application(Service(settings=server, keys={}, database=database, runtime=runtime))

    async def ask(begin: Callable[[], None]) -> list[int]:
        transport = httpx.ASGITransport(app=application)
        async with application.router.lifespan_context(application), httpx.AsyncClient(transport=transport) as client:
            begin()
            answers = await asyncio.gather(*(client.get(f"http://test{path}") for _ in range(CALLERS)))
            return [answer.status_code for answer in answers]

    return ask
