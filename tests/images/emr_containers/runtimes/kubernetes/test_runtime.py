"""Runs in a cluster that fails when it is told to. What a real cluster does is tested in one (tests/cluster)."""

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.run import KubernetesRun
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.runtime import JobAttempt
from images.emr_containers.runtimes.kubernetes import cluster_objects as shapes
from images.emr_containers.runtimes.kubernetes.cluster_objects import JOB_NAME, ended, running, unschedulable, waiting
from images.emr_containers.runtimes.kubernetes.cluster_world import (
    JOB,
    KEY,
    POD,
    SETTINGS,
    Test,
    World,
    content,
    in_a_cluster,
    line,
)
from images.emr_containers.runtimes.spark.test_submit import spec


@pytest.fixture
def in_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Test], None]:
    return in_a_cluster(tmp_path, monkeypatch)


def test_a_run_goes_from_its_job_to_its_end_and_its_log_outlives_it(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.pod(waiting("ContainerCreating"))
            await world.cluster.until(lambda: world.told)
            world.cluster.write(POD, line(1, "a"), line(2, "b"))
            world.pod(running())
            await world.cluster.until(lambda: world.stored() == "a\nb\n")  # while it runs
            assert content(runtime) == "a\nb\n"
            world.pod(running("x7k2p-exec-1", component="executor"))
            world.cluster.write(POD, line(3, "c"))
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert await waiting_for == Outcome(succeeded=True, details="")
            assert world.stored() == "a\nb\nc\n"
            assert gzip.decompress(world.cluster.stored[f"{KEY}/stderr.gz"]) == b""
            assert (await asyncio.to_thread(content, runtime)) == "a\nb\nc\n"
        assert [(told.running, told.attempt) for told in world.told] == [(False, 1), (True, 1)]
        assert world.cluster.objects["jobs"][JOB_NAME]["spec"]["ttlSecondsAfterFinished"] == 3600
        assert list(world.cluster.objects["pods"]) == [POD]  # the executor is gone

    in_cluster(test)


def test_a_run_that_is_started_again_is_made_once(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            first, second = await asyncio.gather(world.started(runtime), world.started(runtime))
            assert first._uid == second._uid
            assert len(world.cluster.objects["jobs"]) == 1

    in_cluster(test)


def test_the_next_server_takes_a_run_up_and_reads_its_log_again(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            before = world.follow(await world.started(runtime))
            world.cluster.write(POD, line(1, "a"))
            world.pod(running())
            await world.cluster.until(lambda: world.stored() == "a\n")
            before.cancel()
            await asyncio.wait([before])
        world.cluster.write(POD, line(2, "b"))
        async with world.server("another") as runtime:
            waiting_for = world.follow(await world.started(runtime, replace(JOB, driver_has_run=True)))
            world.pod(ended(code=1, message="no table"))
            world.job(shapes.failed())
            assert (await waiting_for).details == "no table"
        assert world.stored() == "a\nb\n"

    in_cluster(test)


def test_what_happens_while_the_api_is_away_is_not_lost(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.cluster.write(POD, line(1, "a"), line(1, "a"))
            world.pod(running())
            await world.cluster.until(lambda: world.stored() == "a\na\n")
            world.cluster.go_away()
            world.cluster.write(POD, line(1, "b"), line(2, "c"))
            world.pod(ended(code=1, message="no table"))
            world.job(shapes.failed())
            await asyncio.sleep(0.2)
            assert not waiting_for.done()
            world.cluster.away = False
            assert (await waiting_for).details == "no table"
            assert world.stored() == "a\na\nb\nc\n"

    in_cluster(test)


def test_a_watch_that_is_too_far_behind_begins_with_a_list_again(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            await world.cluster.until(lambda: len(world.cluster._watches) == 3)
            world.cluster.expire_watches()
            await world.cluster.until(lambda: not world.cluster._watches)
            world.pod(ended(code=0))  # no watch reports it
            world.job(shapes.complete())
            assert (await waiting_for).succeeded

    in_cluster(test)


def test_two_runs_of_a_namespace_share_a_watch_and_the_last_one_ends_it(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            other = replace(JOB, id="other")
            first = world.follow(await world.started(runtime))
            second = world.follow(await world.started(runtime, other))
            await world.cluster.until(lambda: len(world.cluster._watches) == 3)
            world.job(shapes.complete())
            await first
            assert len(world.cluster._watches) == 3
            item = world.cluster.objects["jobs"]["job-run-other"]
            world.cluster.put("jobs", item | {"status": shapes.complete()["status"]})
            await second
            world.pod(running())  # an event finds them gone
            await asyncio.sleep(0.1)
            assert not world.cluster._watches or all(queue.empty() for _, queue in world.cluster._watches)

    in_cluster(test)


def test_the_reason_is_read_where_the_job_is_heard_of_before_its_pod(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.pod(running())
            await world.cluster.until(lambda: world.asked("GET /api/v1/namespaces/jobs/pods/") == 1)
            item = ended(code=137, reason="OOMKilled")
            world.cluster.objects["pods"][POD] = item  # no event of it
            world.job(shapes.failed())
            assert "OOMKilled" in (await waiting_for).details

    in_cluster(test)


def test_each_attempt_of_the_jobs_is_told_and_in_the_log(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            job = replace(JOB, spec=JOB.spec | {"retryPolicyConfiguration": {"maxAttempts": 2}})
            waiting_for = world.follow(await world.started(runtime, job))
            for number, (suffix, created) in enumerate((("aaaaa", "2026-01-01"), ("bbbbb", "2026-01-02")), start=1):
                world.cluster.write(f"{JOB_NAME}-{suffix}", line(number, f"log of {suffix}"))
                world.pod(ended(suffix, code=1, message=f"failure {number}", created=created))
                await world.cluster.until(
                    lambda n=number: any((told.details or "").endswith(f"failure {n}") for told in world.told)
                )
                if number == 1:
                    world.job(shapes.job(failed=1))
            world.job(shapes.failed(pods=2))
            assert (await waiting_for).details == "failure 2"
            assert [told.attempt for told in world.told] == sorted(told.attempt or 0 for told in world.told)
            assert world.told[-1].attempt == 2
            separator = f"--- attempt 2, pod {JOB_NAME}-bbbbb ---"
            assert world.stored() == f"log of aaaaa\n{separator}\nlog of bbbbb\n"

    in_cluster(test)


def test_stopping_a_run_deletes_its_job_and_waits_for_its_pods(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            attempt = await world.started(runtime)
            waiting_for = world.follow(attempt)
            world.pod(running())
            world.pod(running("x7k2p-exec-1", component="executor"))
            world.cluster.write(POD, line(1, "a"))
            await attempt.stop()
            assert not (await waiting_for).succeeded
            assert not world.cluster.objects["jobs"]
            assert not world.cluster.objects["pods"]

    in_cluster(test)


def test_a_job_that_a_user_deletes_is_a_failure_and_nothing_of_it_stays(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.pod(running())
            world.cluster.remove("jobs", JOB_NAME)  # and the user has kept the pod
            outcome = await waiting_for
            assert (outcome.details, outcome.reason) == (f"The run's Job '{JOB_NAME}' was deleted.", "INTERNAL_ERROR")
            assert not world.cluster.objects["pods"]

    in_cluster(test)


def test_a_job_that_ended_before_it_was_deleted_has_ended(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            await world.cluster.until(lambda: len(world.cluster._watches) == 3)
            world.job(shapes.complete())
            world.cluster.remove("jobs", JOB_NAME)
            assert (await waiting_for).succeeded

    in_cluster(test)


@pytest.mark.parametrize("reason", ["ImagePullBackOff", "InvalidImageName"])
def test_a_run_that_cannot_start_fails_after_its_time_and_nothing_stays(in_cluster: Any, reason: str) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            world.pod(waiting(reason, "no such image"))
            outcome = await waiting_for
            assert outcome.reason == "VALIDATION_ERROR"
            assert f"({reason}): no such image" in outcome.details
            assert not world.cluster.objects["jobs"]
            assert not world.cluster.objects["pods"]

    in_cluster(test)


def timed(seconds: str) -> JobAttempt:
    """A Spark job that may take so long until its driver runs."""
    properties = {"job-start-timeout": seconds}
    overrides = {"applicationConfiguration": [{"classification": "emr-containers-defaults", "properties": properties}]}
    return replace(JOB, spec=spec(overrides=overrides) | {"releaseLabel": "spark"})  # type: ignore[typeddict-item]


def test_a_driver_that_does_not_start_in_the_jobs_own_time_is_taken_away(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, timed("1")))
            world.pod(unschedulable("0/3 nodes are available: 3 Insufficient memory."))
            outcome = await waiting_for
            assert outcome.reason == "CLUSTER_UNAVAILABLE"
            assert outcome.details.startswith("The driver has not started within 1 s, its job-start-timeout: ")
            assert "Insufficient memory" in outcome.details
            assert not world.cluster.objects["jobs"]
            assert not world.cluster.objects["pods"]

    in_cluster(test)


def test_a_driver_that_has_started_may_take_longer_than_its_start(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime, timed("1")))
            world.pod(running())
            await asyncio.sleep(1.5)
            world.pod(ended(code=0))
            world.job(shapes.complete())
            assert (await waiting_for).succeeded

    in_cluster(test)


def test_a_pod_that_cannot_be_made_is_told_by_the_jobs_event(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            waiting_for = world.follow(await world.started(runtime))
            event = {
                "metadata": {"name": "e1"},
                "involvedObject": {"kind": "JobAttempt", "name": JOB_NAME},
                "reason": "FailedCreate",
                "message": 'pods "x" is forbidden: violates PodSecurity "restricted:latest"',
                "lastTimestamp": "2026-11-25T00:26:00Z",
            }
            world.cluster.put("events", event)
            assert "violates PodSecurity" in (await waiting_for).details
            assert not world.cluster.objects["jobs"]

    in_cluster(test)


def test_a_run_that_was_made_under_another_configuration_is_found(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            await world.started(runtime)
            await world.started(runtime, replace(JOB, spec=JOB.spec | {"releaseLabel": "old"}))
            outcome = await runtime.start(replace(JOB, id="other", spec=JOB.spec | {"releaseLabel": "old"}))
            assert isinstance(outcome, Outcome)
            assert "'old' is no longer offered by this server" in outcome.details

    in_cluster(test)


def test_a_run_whose_driver_has_run_is_never_made_again(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            outcome = await runtime.start(replace(JOB, driver_has_run=True))
            assert isinstance(outcome, Outcome)
            assert "was deleted while the server was not running" in outcome.details
            assert not world.cluster.objects["jobs"]

    in_cluster(test)


def test_a_run_that_was_said_never_to_start_does_not_also_if_a_request_comes_late(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            assert await runtime.find(JOB) is None
            outcome = await runtime.start(JOB)  # of a server before, say, whose request took its time
            assert isinstance(outcome, Outcome)
            assert outcome.details == "The run was cancelled before it was started."
            assert world.cluster.objects["jobs"][JOB_NAME]["spec"]["completions"] == 0
            assert await runtime.find(JOB) is None

    in_cluster(test)


def test_a_run_that_was_started_is_found_to_be_ended(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            started = await world.started(runtime)
            found = await runtime.find(JOB)
            assert isinstance(found, KubernetesRun)
            assert found._uid == started._uid

    in_cluster(test)


def test_what_the_api_refuses_fails_the_run_with_its_words(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        world.cluster.forbidden.add("jobs")
        async with world.server() as runtime:
            outcome = await runtime.start(JOB)
            assert isinstance(outcome, Outcome)
            assert outcome.reason == "INTERNAL_ERROR"
            assert outcome.details == "The run's Job cannot be created in the namespace 'jobs': jobs is forbidden"

    in_cluster(test)


def test_a_job_of_another_owner_is_left_alone(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        world.cluster.objects["jobs"][JOB_NAME] = {"metadata": {"name": JOB_NAME, "uid": "other"}}
        async with world.server() as runtime:
            outcome = await runtime.start(JOB)
            assert isinstance(outcome, Outcome)
            assert "does not belong to this server: delete it" in outcome.details

    in_cluster(test)


def test_a_start_waits_for_an_api_that_is_away(in_cluster: Any) -> None:
    async def test(world: World) -> None:
        async with world.server() as runtime:
            world.cluster.go_away()
            starting = asyncio.create_task(runtime.start(JOB))
            await asyncio.sleep(0.2)
            assert not starting.done()
            world.cluster.away = False
            assert isinstance(await starting, KubernetesRun)

    in_cluster(test)


def test_case_10_a_run_whose_role_is_not_in_the_table_is_refused_and_never_made(in_cluster: Any) -> None:
    role = "arn:aws:iam::000000000000:role/team-a"
    settings = replace(SETTINGS, service_accounts={role: "team-a"})

    async def test(world: World) -> None:
        async with world.server(settings=settings) as runtime:
            other = replace(JOB, spec={**JOB.spec, "executionRoleArn": f"{role}-admin"})
            with pytest.raises(ValidationException, match="selects no service account here"):
                runtime.check(other.spec)
            refused = await runtime.start(other)
            assert isinstance(refused, Outcome)
            assert "selects no service account here" in refused.details
            assert world.cluster.objects["jobs"] == {}
            await runtime.start(replace(JOB, spec={**JOB.spec, "executionRoleArn": role}))
            (made,) = world.cluster.objects["jobs"].values()
            assert made["spec"]["template"]["spec"]["serviceAccountName"] == "team-a"

    in_cluster(test)
