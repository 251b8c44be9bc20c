"""The warning of a job that asks for YuniKorn in a cluster without it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.warned_attempt import WarnedAttempt
from emr_containers.runtimes.outcome import Outcome
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import ended, running, unschedulable
from images.emr_containers.runtimes.kubernetes.cluster_world import Test, World, in_a_cluster, spark

WARNING = "There is no YuniKorn in this cluster: the job runs under the default scheduler, not as a gang."
ASKS = spark("spark.kubernetes.scheduler.name=yunikorn")


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


async def started(world: World, runtime: Any) -> Any:
    attempt = await runtime.start(ASKS)
    assert isinstance(attempt, WarnedAttempt)
    return world.follow(attempt)


def test_the_warning_is_told_while_the_job_runs_and_after_it(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = await started(world, runtime)
            world.pod(unschedulable("no room"))
            await world.cluster.until(lambda: world.told and "no room" in (world.told[-1].details or ""))
            assert world.told[-1].details == f"The driver waits for a node: no room. {WARNING}"
            world.pod(running())
            await world.cluster.until(lambda: world.told[-1].running)
            assert world.told[-1].details == WARNING
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert await waiting_for == Outcome(succeeded=True, details=WARNING)

    in_cluster(test)


def test_the_reason_of_a_failure_comes_before_the_warning(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            before = await started(world, runtime)
            before.cancel()
        async with world.server("another") as runtime:
            waiting_for = await started(world, runtime)  # the next server warns, too
            world.pod(ended(code=1, message="no table"))
            world.job(shapes.failed())
            assert (await waiting_for).details == f"no table {WARNING}"

    in_cluster(test)


def test_a_warned_job_is_stopped_like_any_other(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            attempt = await runtime.start(ASKS)
            assert isinstance(attempt, WarnedAttempt)
            waiting_for = world.follow(attempt)
            await attempt.stop()
            assert not (await waiting_for).succeeded
            assert not world.cluster.objects["jobs"]

    in_cluster(test)
