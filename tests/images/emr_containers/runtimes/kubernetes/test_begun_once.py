"""A run begins once at most, whenever its server is lost, and whoever deletes its Job: the tests play the user's part.

`suspend` is the cluster's promise that a Job has no pod. So what counts is how many Jobs were ever without it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.dispatch.dispatcher import Dispatcher
from emr_containers.runtimes.outcome import Outcome
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME, ended
from images.emr_containers.runtimes.kubernetes.cluster_world import JOB, Test, World, in_a_cluster
from images.emr_containers.runtimes.kubernetes.test_cancellation import Rows, with_run

__all__ = ["with_run"]

STEPS = ["before POST", "after POST", "before PATCH", "after PATCH"]


class Slow:
    """An API that keeps the first request at one step waiting until it is told to go on."""

    def __init__(self, world: World, step: str) -> None:
        self._step, self.waits, self.goes_on, self.done = step, asyncio.Event(), asyncio.Event(), asyncio.Event()
        world.cluster.step = self._reach

    async def _reach(self, step: str) -> None:
        if step == self._step and not self.waits.is_set():
            self.waits.set()
            await self.goes_on.wait()
            asyncio.get_running_loop().call_soon(self.done.set)  # what follows has no other step


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


async def finish(world: World, rows: Rows) -> None:
    """Plays the Job's controller until the run has ended."""

    def over() -> bool:
        job = world.cluster.objects["jobs"].get(JOB_NAME)
        if job is not None and not job["spec"].get("suspend") and "status" not in job:
            world.pod(ended(code=0))
            world.job(shapes.complete())
        return rows.row().finished_at is not None

    await world.cluster.until(over)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("leader", ["killed", "paused"])
def test_case_2_a_run_begins_once_at_most_whenever_its_leader_is_lost(
    with_run: Any, step: str, deleted: bool, leader: str
) -> None:
    async def test(world: World, rows: Rows) -> None:
        slow = Slow(world, step)
        async with world.server("first") as runtime:
            first = Dispatcher(database=rows.database, runtime=runtime, max_running=2)
            leading = asyncio.create_task(first.run(rows.database.begin_term()))
            await slow.waits.wait()
            if leader == "killed":
                leading.cancel()
                await asyncio.wait([leading])
            had_begun = list(world.cluster.begun)
            if deleted and JOB_NAME in world.cluster.objects["jobs"]:
                world.cluster.remove("jobs", JOB_NAME)
            async with rows.dispatching("second"):
                await finish(world, rows)
            row = rows.row()
            # The Job goes in its time, and what the first leader had asked for comes then.
            world.cluster.objects["jobs"].clear()
            world.cluster.objects["pods"].clear()
            asked = len(world.cluster.requests)
            slow.goes_on.set()
            await slow.done.wait()
            # It finds its term over, or follows what it takes for its run, until it is told that its lease is over.
            await world.cluster.until(lambda: leading.done() or len(world.cluster.requests) > asked)
            leading.cancel()
            await asyncio.wait([leading])
        lost = deleted and step in ("before PATCH", "after PATCH")
        assert row.state == ("FAILED" if lost else "COMPLETED")
        if lost:
            assert (row.state_details or "").startswith(f"The run's Job '{JOB_NAME}' was deleted while the server")
        assert len(world.cluster.begun) == (len(had_begun) if lost else 1)
        assert (rows.row().state, rows.row().finished_at) == (row.state, row.finished_at)

    with_run(test)


def test_case_2_a_job_that_comes_late_is_not_taken_for_the_deleted_one(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            world.cluster.put("jobs", shapes.job(uid="late"))
            outcome = await runtime.start(replace(JOB, claimed_in="Job begun"))
            assert isinstance(outcome, Outcome)
            assert "It may have done its work, so it is not created again." in outcome.details

    in_cluster(test)


def test_a_job_that_may_not_be_started_is_deleted_and_says_why(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        world.cluster.patches_refused = 403
        async with world.server() as runtime:
            outcome = await runtime.start(JOB)
            assert isinstance(outcome, Outcome)
            assert outcome.details == "The run's Job cannot be started in the namespace 'jobs': patches are refused"
            assert (world.cluster.objects["jobs"], world.cluster.begun) == ({}, [])

    in_cluster(test)


def test_nothing_begins_before_its_place_is_noted(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async def note_place(place: str) -> None:
            noted.append((place, list(world.cluster.begun)))

        noted: list[tuple[str, list[str]]] = []
        async with world.server() as runtime:
            await runtime.start(JOB, note_place)
        (uid,) = world.cluster.begun
        assert noted == [(f"Job {uid}", [])]

    in_cluster(test)
