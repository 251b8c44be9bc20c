"""Many triggers of one process, over real HTTP, and over an API that answers by chance."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from longshore.exceptions import ApiAccessError, ApiNotFoundError, ApiRequestError, ApiUnavailableError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.job_run import JobRun
from longshore.hooks.shared import SharedHook
from longshore.triggers.job_run import JobRunTrigger
from longshore.waiting.shared_poll import shared_poll

CLUSTER = "vc0000000000000000000000001"
MANY = 250


def _trigger(job_run_id: str, **changes: Any) -> JobRunTrigger:
    return JobRunTrigger(job_run_id, CLUSTER, **{"aws_conn_id": "aws_default", "poll_interval": 0.02, **changes})


async def _event(trigger: JobRunTrigger) -> dict[str, Any]:
    return dict((await anext(trigger.run())).payload)


@pytest.fixture
def running(api: Any, connect: Callable[..., None]) -> list[str]:
    """Job runs that run, by a list and by themselves."""
    connect(api.url)
    ids = [f"{n:019d}" for n in range(MANY)]
    api.states = [{"state": "RUNNING"}]
    api.listed = [{"id": each, "virtualClusterId": CLUSTER, "state": "RUNNING"} for each in ids]
    return ids


def test_many_job_runs_are_asked_for_by_few_lists_and_each_that_ends_by_itself(
    api: Any, running: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    session = EmrContainersHook.get_session
    monkeypatch.setattr(EmrContainersHook, "get_session", lambda *a, **k: made.append(1) or session(*a, **k))
    ended = set(running[::50])

    async def watch() -> dict[str, dict[str, Any]]:
        watching = {each: asyncio.create_task(_event(_trigger(each))) for each in running}
        while len(api.asked("GET", "states=")) < 6:
            await asyncio.sleep(0.01)
        api.one_by_one = {each: {"state": "COMPLETED", "stateDetails": each} for each in ended}
        api.listed = [job_run for job_run in api.listed if job_run["id"] not in ended]
        done = {each: await watching[each] for each in ended}
        for task in watching.values():
            task.cancel()
        return done

    events = asyncio.run(watch())
    assert {each: event["state_details"] for each, event in events.items()} == {each: each for each in ended}
    assert len(made) == 1
    alone = Counter(path.rsplit("/", 1)[-1] for _, path, _ in api.asked("GET") if "states=" not in path)
    # Those that arrived before the first list, and those that had ended.
    assert sum(alone.values()) < MANY / 4


def test_a_key_that_may_not_list_describes(api: Any, running: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ApiAccessError("no right to list")

    monkeypatch.setattr(EmrContainersHook, "unfinished_job_runs", refuse)
    api.states = [{"state": "COMPLETED"}]

    async def watch() -> list[dict[str, Any]]:
        return await asyncio.gather(*(_event(_trigger(each)) for each in running[:40]))

    assert [event["state"] for event in asyncio.run(watch())] == ["COMPLETED"] * 40


def test_a_round_that_is_refused_asks_for_few_and_says_so_to_all(api: Any, running: list[str]) -> None:
    asked: list[str] = []

    def refuse(_: EmrContainersHook, job_run_id: str) -> JobRun:
        asked.append(job_run_id)
        raise ApiAccessError("no right to describe")

    api.listed = []
    waits = {"after": 0.0, "pause": lambda: 1.0, "seen": None}

    async def look() -> list[object]:
        return await asyncio.gather(*(shared_poll("aws_default").look(CLUSTER, each, **waits) for each in running[:40]))

    with patch.object(EmrContainersHook, "describe_job_run", refuse):
        answers = asyncio.run(look())
    assert {str(each) for each in answers} == {"no right to describe"}
    assert len(answers) == 40
    assert len(asked) == 3


def test_a_virtual_cluster_that_is_gone_is_no_trouble_to_the_others(api: Any, running: list[str]) -> None:
    describe = EmrContainersHook.describe_job_run

    def of_cluster(hook: EmrContainersHook, job_run_id: str) -> JobRun:
        if hook.virtual_cluster_id == "gone":
            raise ApiNotFoundError("Virtual cluster 'gone' does not exist.")
        return describe(hook, job_run_id)

    api.states = [{"state": "COMPLETED"}]

    async def watch() -> tuple[dict[str, Any], dict[str, Any]]:
        gone = JobRunTrigger("j1", "gone", "aws_default", 0.02)
        lost, done = await asyncio.gather(_event(gone), _event(_trigger(running[0])))
        return lost, done

    with patch.object(EmrContainersHook, "describe_job_run", of_cluster):
        lost, done = asyncio.run(watch())
    assert "'gone' does not exist" in lost["lost"]
    assert done["state"] == "COMPLETED"


def test_a_connection_that_has_come_to_name_another_server_loses_no_job_run(
    api: Any, running: list[str], connect: Callable[..., None]
) -> None:
    async def watch() -> dict[str, Any]:
        api.failures = [(400, "ResourceNotFoundException", "another server's")]
        first = await _event(_trigger("j0"))
        assert "lost" in first
        # The client is of a time before this trigger.
        api.failures = [(400, "ResourceNotFoundException", "another server's")]
        api.states = [{"state": "COMPLETED"}]
        return await _event(_trigger("j1"))

    assert asyncio.run(watch())["state"] == "COMPLETED"


class ChanceApi:
    """An API whose job runs go on by chance, and which fails, refuses and cuts its lists by chance."""

    def __init__(self, chance: random.Random, count: int) -> None:
        self.chance = chance
        self.left = {f"j{n}": chance.randrange(4) for n in range(count)}
        """Number of questions after which a job run ends."""
        self.virtual_cluster_id = CLUSTER
        self.client = self

    def _fails(self) -> None:
        kinds = (ApiUnavailableError, ApiAccessError, ApiRequestError, RuntimeError)
        if self.chance.random() < 0.2:
            raise self.chance.choice(kinds)("by chance")

    def describe_job_run(self, job_run_id: str) -> JobRun:
        self._fails()
        self.left[job_run_id] -= 1
        ended = self.left[job_run_id] < 0
        return JobRun(job_run_id, CLUSTER, "COMPLETED" if ended else "RUNNING", job_run_id)

    def unfinished_job_runs(self, *, most_pages: int) -> tuple[dict[str, JobRun], int]:
        self._fails()
        unfinished = [each for each, left in self.left.items() if left >= 0 and self.chance.random() < 0.8]
        for each in unfinished:
            self.left[each] -= 1
        return {each: JobRun(each, CLUSTER, "RUNNING", each) for each in unfinished}, min(most_pages, 2)


@settings(max_examples=10)
@given(st.integers(), st.integers(1, 12))
def test_every_trigger_ends_with_the_end_of_its_own_job_run_whatever_the_api_answers(seed: int, count: int) -> None:
    # Not Hypothesis' own chance, which may be used in its thread only.
    api: Any = ChanceApi(random.Random(seed), count)  # noqa: S311  a test

    async def watch() -> list[dict[str, Any]]:
        triggers = [_trigger(f"j{n}", poll_interval=0.0001) for n in range(count)]
        return await asyncio.gather(*(_event(trigger) for trigger in triggers))

    with patch.object(SharedHook, "get", lambda *_, **__: api):
        events = asyncio.run(watch())
    assert [(event["id"], event["state"], event["state_details"]) for event in events] == [
        (f"j{n}", "COMPLETED", f"j{n}") for n in range(count)
    ]


def test_rounds_that_something_ends_begin_again(api: Any, running: list[str]) -> None:
    async def watch() -> dict[str, Any]:
        watching = asyncio.create_task(_event(_trigger(running[0])))
        while not api.requests:
            await asyncio.sleep(0.01)
        serving = shared_poll("aws_default")._serving
        assert serving is not None
        serving.cancel()
        api.states = [{"state": "COMPLETED"}]
        return await watching

    assert asyncio.run(watch())["state"] == "COMPLETED"
