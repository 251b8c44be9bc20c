"""Runs that wait in YuniKorn's queues, and those that it gives up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.outcome import Outcome
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import (
    JOB_NAME,
    RUN,
    bare_failure,
    ended,
    running,
    unschedulable,
    without_node,
)
from images.emr_containers.runtimes.kubernetes.cluster_world import (
    JOB,
    Test,
    World,
    in_a_cluster,
    in_a_cluster_with_yunikorn,
    spark,
)
from images.emr_containers.runtimes.kubernetes.fake_yunikorn import FakeYuniKorn
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import Answer, application, ask, node, resources, tree

APPLICATION = f"{RUN}-uid-x7k2p"
"""The application ID of the driver's pod that `cluster_objects` makes."""
GANG = spark("spark.executor.instances=2", retryPolicyConfiguration={"maxAttempts": 3})
HARD = spark(
    "spark.executor.instances=2",
    "spark.kubernetes.driver.annotation.yunikorn.apache.org/schedulingPolicyParameters="
    "'placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard'",
    retryPolicyConfiguration={"maxAttempts": 3},
)
TIMED_OUT = "ResourceReservationTimeout", "Scheduling has timed out due to insufficient resources"
REJECTED = "ApplicationRejected", f" failed to place application {APPLICATION}"
NEXT = {"suffix": "next", "created": "2026-11-25T00:27:00Z"}


@pytest.fixture
def in_queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return in_a_cluster_with_yunikorn(tmp_path, monkeypatch)


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


def asks(many: int) -> list[Answer]:
    return [ask(cores=1, gib=1.5)] * many


async def until_told(world: World, details: str) -> None:
    await world.cluster.until(lambda: world.told and details in (world.told[-1].details or ""))


async def until_attempts_end(world: World) -> None:
    await world.cluster.until(lambda: world.cluster.objects["jobs"][JOB_NAME]["spec"]["backoffLimit"] == 0)


def test_while_a_gang_waits_its_details_say_for_what_and_then_no_more(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, GANG))
            world.pod(without_node())
            await until_told(world, "The gang of 1 driver and 2 executors waits for YuniKorn to take it up.")
            yunikorn.tree = tree(maxResource=resources(gib=20), allocatedResource=resources(gib=18))
            yunikorn.applications = [application(requests=asks(3)) | {"applicationID": APPLICATION}]
            await until_told(
                world,
                "The gang of 1 driver and 2 executors waits in queue root.jobs.team-a: it needs 3 cpu and 4608 MiB "
                "memory; the queue has 2048 MiB memory free of its 20480 MiB memory.",
            )
            yunikorn.tree, yunikorn.nodes = tree(), [node("a", cores=2, gib=64)]
            await until_told(world, "it needs 3 cpu and 4608 MiB memory; the nodes have 2 cpu free.")
            yunikorn.text = "<html>"
            await until_told(world, f"YuniKorn does not answer at {yunikorn.url}: the server there is not YuniKorn.")
            world.pod(running())
            await world.cluster.until(lambda: world.told[-1].running)
            assert world.told[-1].details is None
            asked = len(yunikorn.requests)
            await asyncio.sleep(0.2)
            assert len(yunikorn.requests) <= asked + 2  # what was on its way
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert await waiting_for == Outcome(succeeded=True, details="")

    in_queues(test)


def test_a_run_that_is_followed_again_says_what_its_gang_waits_for(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            await world.started(runtime, GANG)
        world.pod(without_node())
        yunikorn.applications = [application(requests=asks(3)) | {"applicationID": APPLICATION}]
        async with world.server("another") as runtime:
            waiting_for = world.follow(await world.started(runtime, GANG))
            await until_told(world, "The gang of 1 driver and 2 executors waits in queue root.jobs.team-a: it needs")
            waiting_for.cancel()
            await asyncio.wait([waiting_for])

    in_queues(test)


@pytest.mark.parametrize("looked", ["before", "not before"])
def test_a_driver_that_did_not_start_in_the_jobs_own_time_says_why_it_waited(looked: str, in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        # Where the run looks before, it must have had the time to.
        properties = {"job-start-timeout": "6" if looked == "before" else "1"}
        configuration = [{"classification": "emr-containers-defaults", "properties": properties}]
        timed = replace(
            GANG,
            spec=GANG.spec | {"configurationOverrides": {"applicationConfiguration": configuration}},
        )
        yunikorn.applications = [application(requests=asks(3)) | {"applicationID": APPLICATION}]
        yunikorn.nodes = [node("a", cores=0, gib=64)]
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, timed))
            if looked == "before":
                world.pod(without_node())
                await until_told(world, "The gang of 1 driver")
            else:
                await world.cluster.until(lambda: world.cluster.watched("pods"))
                # The watch is late: the run's time is over before the server knows of the pod.
                world.pod_untold(without_node())
            details = (await waiting_for).details
        if looked == "not before":
            assert not [progress for progress in world.told if progress.details]
        within = properties["job-start-timeout"]
        assert details.startswith(
            f"The driver has not started within {within} s, its job-start-timeout: The gang of 1 driver"
        )
        assert details.endswith("the nodes have no cpu free.")

    in_queues(test)


def test_a_hard_gang_that_was_not_complete_in_time_ends_the_run_once(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        yunikorn.applications = [application(requests=asks(3)) | {"applicationID": APPLICATION}]
        yunikorn.nodes = [node("a", cores=2, gib=64)]
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, HARD))
            assert world.cluster.objects["jobs"][JOB_NAME]["spec"]["backoffLimit"] == 2
            world.pod(without_node())
            await until_told(world, "the nodes have 2 cpu free.")
            # Its placeholders are taken away: they need nothing any more.
            yunikorn.applications = [application("Failing") | {"applicationID": APPLICATION}]
            before = len(yunikorn.requests)
            await world.cluster.until(lambda: len(yunikorn.requests) > before + 8)
            assert "the nodes have 2 cpu free." in (world.told[-1].details or "")
            world.pod(bare_failure(*TIMED_OUT))
            await until_attempts_end(world)
            world.job(shapes.failed())
            outcome = await waiting_for
        assert outcome == Outcome(
            succeeded=False,
            details="The gang of 1 driver and 2 executors could not be placed within 60 s (Hard): it needs 3 cpu and "
            "4608 MiB memory; the nodes have 2 cpu free.",
            reason="CLUSTER_UNAVAILABLE",
            retryable=False,
        )
        assert {told.attempt for told in world.told} == {1}
        assert world.asked("PATCH /apis/batch/v1/namespaces/jobs/jobs/") == 3  # the others are its start and its time

    in_queues(test)


def test_a_next_attempt_that_came_first_is_ended_with_the_run_and_tells_nothing(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            await world.started(runtime, HARD)
        # While there was no server.
        world.pod(bare_failure(*TIMED_OUT))
        world.pod(without_node(**NEXT))
        world.job(shapes.job(failed=1))
        async with world.server("another") as runtime:
            waiting_for = world.follow(await world.started(runtime, HARD))
            await until_attempts_end(world)
            world.cluster.remove("pods", f"{JOB_NAME}-next")
            world.job(shapes.failed())
            details = (await waiting_for).details
        assert details == (
            "The gang of 1 driver and 2 executors could not be placed within 60 s (Hard): it needs 3 cpu and 4249 MiB "
            "memory."
        )

    in_queues(test)


def test_a_next_attempt_that_has_started_meanwhile_goes_on(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            await world.started(runtime, HARD)
        world.pod(bare_failure(*TIMED_OUT))
        world.pod(running(**NEXT))
        world.job(shapes.job(failed=1))
        async with world.server("another") as runtime:
            waiting_for = world.follow(await world.started(runtime, HARD))
            await world.cluster.until(lambda: world.told and world.told[-1].running)
            assert world.told[-1].attempt == 2
            world.pod(ended(code=0, **NEXT))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
        assert world.cluster.objects["jobs"][JOB_NAME]["spec"]["backoffLimit"] == 2

    in_queues(test)


def test_a_next_attempt_that_the_watch_has_not_told_of_goes_on_too(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, HARD))
            await world.cluster.until(lambda: len(world.cluster._watches) == 3)
            world.cluster.objects["pods"][f"{JOB_NAME}-next"] = running(**NEXT)  # no event of it
            world.pod(bare_failure(*TIMED_OUT))
            await world.cluster.until(lambda: world.told and world.told[-1].running)
            world.pod(ended(code=0, **NEXT))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
        assert world.cluster.objects["jobs"][JOB_NAME]["spec"]["backoffLimit"] == 2

    in_queues(test)


def test_a_rejected_run_ends_once_with_all_that_yunikorn_says(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        said = f"failed to place application {APPLICATION}: application rejected: no placement rule matched"
        yunikorn.rejected = [application("Rejected", rejectedMessage=said) | {"applicationID": APPLICATION}]
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, GANG))
            world.pod(without_node())
            await until_told(world, f"The gang of 1 driver and 2 executors is rejected by YuniKorn: {said}")
            world.pod(bare_failure(*REJECTED))
            await until_attempts_end(world)
            world.job(shapes.failed())
            outcome = await waiting_for
        assert outcome.reason == "VALIDATION_ERROR"
        assert outcome.details == f"The gang of 1 driver and 2 executors was rejected by YuniKorn: {said}"

    in_queues(test)


def test_a_rejected_run_ends_with_what_its_pod_says_where_yunikorn_is_silent(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, JOB))
            yunikorn.text = "<html>"
            world.pod(bare_failure(*REJECTED))
            world.job(shapes.failed())
            outcome = await waiting_for
        assert outcome.details == f"The driver was rejected by YuniKorn: failed to place application {APPLICATION}"

    in_queues(test)


@pytest.mark.parametrize("status", [403, 404])
def test_a_run_whose_attempts_cannot_be_ended_goes_on(in_queues: Any, status: int) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, HARD))
            await world.cluster.until(lambda: len(world.cluster._watches) == 3)
            world.cluster.patches_refused = status
            world.pod(bare_failure(*TIMED_OUT))
            await until_told(world, "YuniKorn gave the driver up (ResourceReservationTimeout)")
            world.job(shapes.failed(pods=3))
            assert "could not be placed within 60 s (Hard)" in (await waiting_for).details

    in_queues(test)


def test_without_yunikorn_a_driver_waits_as_kubernetes_has_it(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, spark()))
            world.pod(unschedulable("0/3 nodes are available: 3 Insufficient memory."))
            await until_told(world, "The driver waits for a node: 0/3 nodes are available: 3 Insufficient memory.")
            waiting_for.cancel()
            await asyncio.wait([waiting_for])

    in_cluster(test)


def test_a_run_that_was_made_without_yunikorn_is_not_looked_for_there(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server(settings=replace(world.settings, yunikorn_url=None)) as runtime:
            await world.started(runtime, spark())
        world.pod(unschedulable("0/3 nodes are available: 3 Insufficient memory."))
        async with world.server("another") as runtime:
            waiting_for = world.follow(await world.started(runtime, spark()))
            await until_told(world, "The driver waits for a node: 0/3 nodes are available: 3 Insufficient memory.")
            waiting_for.cancel()
            await asyncio.wait([waiting_for])
        assert yunikorn.asked("/applications/active?status=accepted") == 0

    in_queues(test)


def test_a_waiting_run_is_stopped_at_once(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            attempt = await world.started(runtime, GANG)
            waiting_for = world.follow(attempt)
            world.pod(without_node())
            await until_told(world, "waits for YuniKorn to take it up")
            yunikorn.slow.clear()
            await attempt.stop()
            assert not (await waiting_for).succeeded
            assert not world.cluster.objects["jobs"]
            yunikorn.slow.set()

    in_queues(test)
