"""YuniKorn's REST API: what is read of it, how often it is asked, and what comes of it when it does not answer."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.applications import Application
from emr_containers.runtimes.kubernetes.queues import Queue
from emr_containers.runtimes.kubernetes.yunikorn import Silence, YuniKorn

from .fake_yunikorn import FakeYuniKorn
from .yunikorn_answers import APPLICATION, GIB, allocation, application, node, tree


@pytest.fixture
def asking() -> Callable[[Callable[[FakeYuniKorn, YuniKorn], Coroutine[Any, Any, None]]], None]:
    """Runs a test's coroutine with a YuniKorn and its client."""

    async def live(test: Callable[[FakeYuniKorn, YuniKorn], Coroutine[Any, Any, None]]) -> None:
        async with FakeYuniKorn().serving() as there, asyncio.timeout(40):
            client = YuniKorn(f"{there.url}/")
            try:
                await test(there, client)
            finally:
                await client.close()

    return lambda test: asyncio.run(live(test))


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


def test_many_runs_that_wait_ask_as_often_as_one(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._FRESH_SECONDS", 1000.0)

    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        names = [f"run-{number}" for number in range(200)]
        there.applications = [application() | {"applicationID": name} for name in names]
        there.slow.clear()
        together = [asyncio.create_task(client.application(name)) for name in names]
        queues = [asyncio.create_task(client.queues()) for _ in names]
        while len(there.requests) < 2:
            await asyncio.sleep(0.01)
        together[0].cancel()  # a run that is cancelled takes no answer from the others
        there.slow.set()
        assert all(isinstance(found, Application) for found in await asyncio.gather(*together[1:]))
        assert all(isinstance(found, Queue) for found in await asyncio.gather(*queues))
        assert isinstance(await client.application(names[0]), Application)
        assert sorted(there.requests) == [
            "/ws/v1/partition/default/applications/active?status=accepted",
            "/ws/v1/partition/default/queues",
        ]

    asking(test)


def test_who_decides_by_the_queues_gets_them_as_they_are(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._FRESH_SECONDS", 1000.0)

    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        early = asyncio.create_task(client.queues())
        while not there.requests:
            await asyncio.sleep(0.01)
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

    asking(test)


def test_a_silent_yunikorn_is_not_asked_afresh_by_each(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._FRESH_SECONDS", 1000.0)

    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.status = 500
        for _ in range(3):
            assert isinstance(await client.queues(afresh=True), Silence)
        assert there.asked("/queues") == 1

    asking(test)


def test_an_answer_is_not_kept_for_ever(asking: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._FRESH_SECONDS", 0.0)
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._PAUSES", 0)

    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.applications = [application()]
        assert isinstance(await client.application(APPLICATION), Application)
        there.applications = [application(allocations=[allocation()])]
        found = await client.application(APPLICATION)
        assert isinstance(found, Application)
        assert found.placed == 1

    asking(test)


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (500, None, "its answer is HTTP status 500"),
        (200, "<html>", "what answers there is not YuniKorn"),
        (200, "{}", "what answers there is not YuniKorn"),
        (200, '{"queuename": "root", "isLeaf": false, "maxResource": {"vcore": "x"}}', "what answers there is not"),
        (404, None, "it has no partition 'default'"),
    ],
)
def test_what_is_no_answer_is_silence_with_a_reason(asking: Any, status: int, text: str | None, reason: str) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.status, there.text = status, text
        answer = await client.queues()
        assert isinstance(answer, Silence)
        assert answer.reason.startswith(reason)
        assert await client.rejection(APPLICATION) is None

    asking(test)


def test_a_yunikorn_that_takes_too_long_or_is_not_there_is_silent(
    asking: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._SECONDS", 0.2)
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._FRESH_SECONDS", 0.0)
    monkeypatch.setattr("emr_containers.runtimes.kubernetes.yunikorn._PAUSES", 0)

    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        assert await client.queues() == Silence(reason="nothing comes within 0 s")
        assert await client.application(APPLICATION) == Silence(reason="nothing comes within 0 s")
        there.slow.set()
        assert isinstance(await client.queues(), Queue)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        nobody = YuniKorn(f"http://127.0.0.1:{port}")
        answer = await nobody.nodes()
        assert isinstance(answer, Silence)
        assert answer.reason
        await nobody.close()

    asking(test)
    # It is logged when it begins and when it ends, not each time that it is asked.
    assert capsys.readouterr().out.count("YuniKorn does not answer") == 2


def test_a_client_is_closed_while_it_is_asked(asking: Any) -> None:
    async def test(there: FakeYuniKorn, client: YuniKorn) -> None:
        there.slow.clear()
        waits = asyncio.create_task(client.queues())
        while not there.requests:
            await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await waits

    asking(test)
