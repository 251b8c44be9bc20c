"""Runs that no node, no queue and no cluster could ever hold, and how those that can be held are scheduled."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.runtime import JobAttempt
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME
from images.emr_containers.runtimes.kubernetes.cluster_world import (
    JOB,
    SETTINGS,
    Test,
    World,
    in_a_cluster,
    in_a_cluster_with_yunikorn,
    spark,
)
from images.emr_containers.runtimes.kubernetes.fake_yunikorn import FakeYuniKorn
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import queue, resources, tree


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


@pytest.fixture
def in_queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return in_a_cluster_with_yunikorn(tmp_path, monkeypatch)


def owned(job: JobAttempt, owner: str) -> JobAttempt:
    """The job, of a DAG of this owner's."""
    return replace(job, owner=owner)


def pod(world: World, job: str = JOB_NAME) -> Any:
    """The pod template of a run's Job."""
    return world.cluster.objects["jobs"][job]["spec"]["template"]


def policy(world: World, job: str = JOB_NAME) -> str | None:
    annotations = pod(world, job)["metadata"]["annotations"]
    found: str | None = annotations.get("yunikorn.apache.org/schedulingPolicyParameters")
    return found


def test_a_run_that_no_node_can_hold_fails_before_anything_is_made(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            for option, words in (
                (
                    "spark.driver.memory=900g",
                    "The driver asks for 1 cpu and 1290240 MiB memory; no node has that much, the",
                ),
                ("spark.executor.cores=64", "An executor asks for 64 cpu and 1408 MiB memory; no node has that"),
            ):
                outcome = await runtime.start(spark(option))
                assert isinstance(outcome, Outcome)
                assert outcome.reason == "VALIDATION_ERROR"
                assert words in outcome.details
                assert "the largest has 4 cpu and 8192 MiB memory" in outcome.details
            assert not world.cluster.objects["jobs"]

    in_cluster(test)


def test_where_nodes_come_on_demand_or_cannot_be_listed_no_run_is_refused_for_its_size(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        large = spark("spark.driver.memory=900g")
        async with world.server(settings=replace(SETTINGS, refuse_oversized=False)) as runtime:
            await world.started(runtime, large)
            assert world.asked("GET /api/v1/nodes") == 0
        world.cluster.forbidden.add("nodes")
        async with world.server("other") as runtime:
            await world.started(runtime, replace(large, id="second"))

    in_cluster(test)


def test_with_yunikorn_every_run_is_scheduled_by_it_and_a_spark_job_is_a_gang(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            await world.started(runtime, spark("spark.executor.instances=2"))
            await world.started(runtime, replace(JOB, id="other"))
        gang, alone = pod(world), pod(world, "job-run-other")
        assert gang["spec"]["schedulerName"] == alone["spec"]["schedulerName"] == "yunikorn"
        assert "yunikorn.apache.org/task-groups" in gang["metadata"]["annotations"]
        assert "yunikorn.apache.org/task-groups" not in alone["metadata"]["annotations"]

    in_queues(test)


def test_a_job_that_names_another_scheduler_is_refused_when_it_is_sent(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        async with world.server() as runtime:
            with pytest.raises(ValidationException, match=r"spark\.kubernetes\.scheduler\.name"):
                runtime.check(spark("spark.kubernetes.scheduler.name=volcano").spec)

    in_queues(test)


def test_a_gang_that_says_nothing_is_scheduled_as_its_owners_queue_has_it(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        hard = {"longshore.gang.style": "Hard", "longshore.gang.timeout": "60"}
        yunikorn.tree = tree(properties=hard)
        own = "spark.kubernetes.driver.annotation.yunikorn.apache.org/schedulingPolicyParameters"
        async with world.server() as runtime:
            await world.started(runtime, owned(spark(), "team-a"))
            assert policy(world) == "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard"
            assert pod(world)["metadata"]["labels"]["yunikorn.apache.org/username"] == "team-a"
            await world.started(runtime, spark(run="b"))
            assert policy(world, "job-run-b") is None  # of another queue, which says nothing
            said = owned(spark(f"{own}=gangSchedulingStyle=Soft", run="c"), "team-a")
            await world.started(runtime, said)
            assert policy(world, "job-run-c") == "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Soft"
            yunikorn.status = 500  # what was read last stands
            await world.started(runtime, owned(spark(run="d"), "team-a"))
            assert policy(world, "job-run-d") == "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard"

    in_queues(test)


def test_a_run_starts_where_yunikorn_does_not_answer(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        yunikorn.text = "<html>"
        async with world.server() as runtime:
            await world.started(runtime, spark())
        assert policy(world) is None

    in_queues(test)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (
            spark("spark.executor.instances=3"),
            "The gang of 1 driver and 3 executors asks for 4 cpu; the queue root.jobs may have 3 cpu at most: ask for "
            "fewer or smaller executors.",
        ),
        (
            spark("spark.executor.memory=4g"),
            "The gang of 1 driver and 2 executors asks for 10443 MiB memory; the queue root.jobs.default may have 8192 "
            "MiB memory at most: ask for fewer or smaller executors.",
        ),
    ],
)
def test_a_gang_that_its_queue_could_never_hold_fails_before_anything_is_made(
    in_queues: Any, job: JobAttempt, words: str
) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        own = queue("root.jobs.default", maxResource=resources(gib=8))
        yunikorn.tree = queue("root", queue("root.jobs", own, maxResource=resources(cores=3)))
        # However many nodes there may be.
        async with world.server(settings=replace(world.settings, refuse_oversized=False)) as runtime:
            outcome = await runtime.start(job)
            assert isinstance(outcome, Outcome)
            assert (outcome.details, outcome.reason) == (words, "VALIDATION_ERROR")
        assert not world.cluster.objects["jobs"]

    in_queues(test)


def test_a_run_of_an_environments_is_judged_by_the_queue_of_all_environments(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        members: dict[str, Any] = {"isLeaf": False, "maxResource": resources(cores=3)}
        members["properties"] = {"longshore.gang.style": "Hard", "longshore.gang.timeout": "60"}
        # The environment's own is made when its first run comes.
        yunikorn.tree = queue("root", queue("root.environments", **members), queue("root.default"))
        async with world.server() as runtime:
            large = await runtime.start(replace(spark("spark.executor.instances=3", run="b"), namespace="env-mine"))
            assert isinstance(large, Outcome)
            assert "asks for 4 cpu; the queue root.environments may have 3 cpu at most" in large.details
            await world.started(runtime, replace(spark(), namespace="env-mine"))
            assert policy(world) == "placeholderTimeoutInSeconds=60 gangSchedulingStyle=Hard"

    in_queues(test)


def test_a_container_that_its_queue_could_never_hold_fails_as_a_driver(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        yunikorn.tree = queue("root", queue("root.jobs", queue("root.jobs.default", maxResource=resources(pods=0))))
        async with world.server() as runtime:
            outcome = await runtime.start(JOB)
            assert isinstance(outcome, Outcome)
            assert outcome.details == (
                "The driver asks for 1 pods; the queue root.jobs.default may have nothing at most: ask for less, in "
                "the job or in the driver pod template of its release."
            )

    in_queues(test)


def test_a_gang_larger_than_the_cluster_fails_unless_nodes_come_on_demand(in_queues: Any) -> None:
    async def test(world: World, yunikorn: FakeYuniKorn) -> None:
        world.cluster.objects["nodes"]["b"] = world.cluster.objects["nodes"]["a"]
        async with world.server() as runtime:
            outcome = await runtime.start(spark("spark.executor.instances=8"))
            assert isinstance(outcome, Outcome)
            assert (outcome.details, outcome.reason) == (
                "The gang of 1 driver and 8 executors asks for 9 cpu; all nodes together have 8 cpu: ask for fewer or "
                "smaller executors.",
                "VALIDATION_ERROR",
            )
            await world.started(runtime, spark("spark.executor.instances=7"))
        async with world.server("other", settings=replace(world.settings, refuse_oversized=False)) as runtime:
            await world.started(runtime, spark("spark.executor.instances=8", run="b"))

    in_queues(test)


def test_without_yunikorn_executors_need_not_be_there_together(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            await world.started(runtime, spark("spark.executor.instances=800"))

    in_cluster(test)
