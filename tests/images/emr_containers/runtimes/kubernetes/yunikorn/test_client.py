"""YuniKorn's REST API: what is read of it, how often it is asked, and what comes of it when it does not answer."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.yunikorn.applications import Application
from emr_containers.runtimes.kubernetes.yunikorn.client import TIMING, NoAnswer, YuniKorn, YuniKornTiming
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import Queue
from images.emr_containers.runtimes.kubernetes.fake_yunikorn import FakeYuniKorn
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import (
    APPLICATION,
    GIB,
    allocation,
    application,
    node,
    tree,
)
from support.waiting import until_async

KEPT = YuniKornTiming(fresh=1000.0)
NOT_KEPT = YuniKornTiming(fresh=0.0, pauses=0)


@pytest.fixture
def asking() -> Any:
    """Runs a test's coroutine with a YuniKorn and its client."""

    async def live(test: Callable[[FakeYuniKorn, YuniKorn], Coroutine[Any, Any, None]], timing: YuniKornTiming) -> None:
        async with FakeYuniKorn().serving() as there, asyncio.timeout(55):
            client = YuniKorn(f"{there.url}/", timing=timing)
            try:
                await test(there, client)
            finally:
                await client.close()

    return lambda test, timing=TIMING: asyncio.run(live(test, timing))


def test_queues_and_nodes_are_read(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.nodes = [node("a", cores=4, gib=8), node("b", cores=16, gib=64, schedulable=False)]
        queues = await client.queues()
        assert isinstance(queues, Queue)
        assert [child.name for child in queues.children] == ["root.jobs", "root.default"]
        assert await client.nodes() == ({"cpu": Decimal(4), "memory": Decimal(8 * GIB), "pods": Decimal(100)},)

    asking(test)


def test_an_application_that_does_not_wait_is_found_too_and_one_that_is_not_there_is_not(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.applications = [application("Running")]
        found = await client.application(APPLICATION)
        assert isinstance(found, Application)
        assert found.state == "Running"
        assert await client.application("another") is None

    asking(test)


def test_a_rejected_application_has_yunikorns_reason(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.rejected = [application("Rejected", queue="", rejectedMessage="no placement rule matched")]
        assert await client.rejection(APPLICATION) == "no placement rule matched"
        assert await client.rejection("another") is None

    asking(test)


def test_many_runs_that_wait_ask_as_often_as_one(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        names = [f"run-{number}" for number in range(200)]
        there.applications = [application() | {"applicationID": name} for name in names]
        there.slow.clear()
        together = [asyncio.create_task(client.application(name)) for name in names]
        queues = [asyncio.create_task(client.queues()) for _ in names]
        await until_async("YuniKorn is asked", lambda: len(there.requests) >= 2)
        together[0].cancel()  # a run that is cancelled takes no answer from the others
        there.slow.set()
        assert all(isinstance(found, Application) for found in await asyncio.gather(*together[1:]))
        assert all(isinstance(found, Queue) for found in await asyncio.gather(*queues))
        assert isinstance(await client.application(names[0]), Application)
        assert sorted(there.requests) == [
            "/ws/v1/partition/default/applications/active?status=accepted",
            "/ws/v1/partition/default/queues",
        ]

    asking(test, KEPT)


def test_who_decides_by_the_queues_gets_them_as_they_are(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        early = asyncio.create_task(client.queues())
        await until_async("YuniKorn is asked", lambda: there.requests)
        # This question has been put already: who comes now and decides by it needs the next one, all of them the same.
        late = [asyncio.create_task(client.queues(afresh=True)) for _ in range(200)]
        await asyncio.sleep(0.1)
        there.slow.set()
        await asyncio.gather(early, *late)
        assert there.asked("/queues") == 2
        there.tree = {**tree(), "children": []}
        known, found = await client.queues(), await client.queues(afresh=True)
        assert isinstance(known, Queue)
        assert known.children
        assert isinstance(found, Queue)
        assert found.children == ()
        there.rejected = [application("Rejected", rejectedMessage="too large")]
        assert await client.rejection(APPLICATION) == "too large"
        there.rejected[0]["rejectedMessage"] = "larger still"
        assert await client.rejection(APPLICATION) == "too large"
        assert await client.rejection(APPLICATION, afresh=True) == "larger still"

    asking(test, KEPT)


def test_a_silent_yunikorn_is_not_asked_afresh_by_each(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.status = 500
        for _ in range(3):
            assert isinstance(await client.queues(afresh=True), NoAnswer)
        assert there.asked("/queues") == 1

    asking(test, KEPT)


def test_an_answer_is_not_kept_for_ever(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.applications = [application()]
        assert isinstance(await client.application(APPLICATION), Application)
        there.applications = [application(allocations=[allocation()])]
        found = await client.application(APPLICATION)
        assert isinstance(found, Application)
        assert found.placed == 1

    asking(test, NOT_KEPT)


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (500, None, "its answer is HTTP status 500"),
        (200, "<html>", "the server there is not YuniKorn"),
        (200, "{}", "the server there is not YuniKorn"),
        (200, '{"queuename": "root", "isLeaf": false, "maxResource": {"vcore": "x"}}', "the server there is not"),
        (404, None, "it has no partition 'default'"),
    ],
)
def test_what_is_no_answer_is_told_with_a_reason(asking: Any, status: int, text: str | None, reason: str) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.status, there.text = status, text
        answer = await client.queues()
        assert isinstance(answer, NoAnswer)
        assert answer.reason.startswith(reason)
        assert await client.rejection(APPLICATION) is None

    asking(test)


def test_a_yunikorn_that_takes_too_long_or_is_not_there_is_silent(
    asking: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        assert await client.queues() == NoAnswer(reason="no answer within 0 s")
        assert await client.application(APPLICATION) == NoAnswer(reason="no answer within 0 s")
        there.slow.set()
        assert isinstance(await client.queues(), Queue)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        nobody = YuniKorn(f"http://127.0.0.1:{port}")
        answer = await nobody.nodes()
        assert isinstance(answer, NoAnswer)
        assert answer.reason
        await nobody.close()

    asking(test, YuniKornTiming(answer=0.2, fresh=0.0, pauses=0))
    # It is logged when it begins and when it ends, not each time that it is asked.
    assert capsys.readouterr().out.count("YuniKorn does not answer") == 2


def test_a_client_is_closed_while_it_is_asked(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        waits = asyncio.create_task(client.queues())
        await until_async("YuniKorn is asked", lambda: there.requests)
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await waits

    asking(test)
