"""The logs of runs, whatever fails: S3, the API or the server."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.outcome import Outcome
from emr_containers.settings import KubernetesSettings
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import ended, running
from images.emr_containers.runtimes.kubernetes.cluster_world import (
    JOB,
    KEY,
    POD,
    Test,
    World,
    content,
    in_a_cluster,
    line,
    logging,
)

SQL: Any = JOB.spec | {
    "releaseLabel": "spark",
    "jobDriver": {"sparkSqlJobDriver": {"entryPoint": "local:///opt/longshore/report.sql"}},
}
TEN_SMALL_FILES = {"rotationSize": "2KB", "maxFilesToKeep": 10}


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


def test_a_rotated_log_that_is_read_again_has_no_line_twice(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        rotated = replace(
            JOB, spec=logging(JOB, containerLogRotationConfiguration=TEN_SMALL_FILES).spec, driver_has_run=True
        )
        world.cluster.write(POD, *(line(1, f"line {number:04}") for number in range(1000)))
        async with world.server() as runtime:
            before = world.follow(await world.started(runtime, replace(rotated, driver_has_run=False)))
            world.pod(running())
            await world.cluster.until(lambda: "line 0999\n" in world.stored())
            before.cancel()
            await asyncio.wait([before])
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, rotated))
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
            shown = await asyncio.to_thread(content, runtime, rotated)
            assert shown.splitlines() == [f"line {number:04}" for number in range(1000)]

    in_cluster(test)


@pytest.mark.parametrize("status", [503, 429])
def test_a_run_ends_when_s3_has_its_log_however_long_s3_was_away(in_cluster: Any, status: int) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            world.cluster.store_status = status
            waiting_for = world.follow(await world.started(runtime))
            world.cluster.write(POD, line(1, "a"))
            world.pod(ended(code=0))
            world.job(shapes.complete())
            await world.cluster.until(lambda: world.asked("PUT s3") >= 2)
            assert not waiting_for.done()
            world.cluster.store_status = 200
            assert (await waiting_for).succeeded
            assert world.stored() == "a\n"

    in_cluster(test)


def test_a_log_that_s3_refuses_stays_here_and_does_not_fail_the_run(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            world.cluster.store_status = 403
            waiting_for = world.follow(await world.started(runtime))
            world.cluster.write(POD, line(1, "a"))
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
            assert content(runtime) == "a\n"

    in_cluster(test)


def test_a_job_whose_own_log_location_s3_refuses_is_not_made(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server(settings=KubernetesSettings()) as runtime:
            world.cluster.store_status = 403
            outcome = await runtime.start(logging(JOB))
            assert isinstance(outcome, Outcome)
            assert outcome.reason == "VALIDATION_ERROR"
            assert outcome.details.startswith("The log cannot be written to 's3://logs': An error occurred (Fault)")
            assert not world.cluster.objects["jobs"]
            world.cluster.store_status = 503  # it may come back
            await world.started(runtime, logging(JOB))

    in_cluster(test)


def test_a_log_is_rotated_on_its_way_to_s3_and_shown_in_order(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        rotated = logging(JOB, containerLogRotationConfiguration={"rotationSize": "2KB", "maxFilesToKeep": 3})
        old = f"{KEY}/stdout_20200101_0.gz"  # of a server before
        world.cluster.stored[old] = gzip.compress(b"old\n")
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, rotated))
            world.cluster.write(POD, *(line(1, f"line {number:04}") for number in range(1000)))
            world.pod(running())
            await world.cluster.until(lambda: "line 0999\n" in world.stored())
            while_it_runs = content(runtime, rotated)
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
            names = sorted(name.rpartition("_")[2] for name in world.cluster.stored if "stdout_" in name)
            assert names == ["2.gz", "3.gz"]
            assert old not in world.cluster.stored
            once = [request for request in world.cluster.requests if request.startswith("PUT") and "stdout_" in request]
            assert len(once) == len(set(once))  # what does not change is not sent again
            shown = await asyncio.to_thread(content, runtime, rotated)
            assert shown == while_it_runs
            lines = shown.splitlines()
            assert lines == [f"line {number:04}" for number in range(1000 - len(lines), 1000)]
            assert len(lines) > 400

    in_cluster(test)


def test_a_log_that_cannot_be_read_again_is_kept_as_far_as_it_was(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        world.cluster.stored[f"{KEY}/stdout.gz"] = gzip.compress(b"of a server before\n")
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.job(shapes.failed())  # its pod is gone
            await waiting_for
            assert world.stored() == "of a server before\n"

    in_cluster(test)


def test_without_a_log_location_the_log_stays_in_the_state_directory(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server(settings=KubernetesSettings()) as runtime:
            with pytest.raises(FileNotFoundError):
                content(runtime)
            waiting_for = world.follow(await world.started(runtime))
            world.cluster.write(POD, line(1, "a"))
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded
            assert content(runtime) == "a\n"
            assert world.asked("PUT s3") == 0

    in_cluster(test)


def test_a_log_in_s3_that_is_not_there_or_cannot_be_read_is_told_apart(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            with pytest.raises(FileNotFoundError):
                await asyncio.to_thread(content, runtime)
            world.cluster.store_status = 403
            with pytest.raises(OSError, match="s3://logs/"):
                await asyncio.to_thread(content, runtime)

    in_cluster(test)


@pytest.mark.parametrize("sql", [False, True])
def test_case_17_a_failed_driver_says_its_logs_last_exception_and_the_executor_that_ran_out_of_memory(
    in_cluster: Any, *, sql: bool
) -> None:
    async def test(world: World) -> None:
        of = replace(JOB, spec=SQL) if sql else JOB
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, of))
            await world.cluster.until(lambda: world.cluster.watched("pods"))
            world.pod(running())
            lost = ended("x7k2p-exec-1", code=137, reason="OOMKilled", component="executor")
            world.cluster.put("pods", lost)
            world.cluster.remove("pods", lost["metadata"]["name"])  # as Spark does
            world.cluster.write(
                POD, line(1, "Traceback (most recent call last):"), line(1, '  File "x.py", line 1, in <module>')
            )
            world.cluster.write(POD, line(2, "ValueError: no rows"), line(3, "26/11/30 05:12:08 ERROR X: after it"))
            world.pod(ended(code=1))
            world.job(shapes.failed())
            outcome = await waiting_for
            memory = f"Executor '{POD}-exec-1' ran out of memory (OOMKilled, had 896 MiB): raise spark.executor.memory"
            assert memory in outcome.details
            assert outcome.details.startswith("ValueError: no rows. ") is not sql
            assert [*outcome.messages.values()] == ["" if sql else "ValueError: no rows"]

    in_cluster(test)
