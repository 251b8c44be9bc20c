"""The default scheduler, as the server uses it where it is told of no YuniKorn: two jobs starve each other."""

import time
from collections.abc import Iterator

import pytest
from cluster.chart_values import chart_values
from cluster.gangs.gang import is_executor, is_placeholder, small_gang
from cluster.gangs.nodes import free_resources, labels
from cluster.gangs.starvation import EXECUTORS, two_runs
from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import FIGURES, Cluster, eventually

pytestmark = [pytest.mark.usefixtures("without_yunikorn"), pytest.mark.timeout(900)]
_LONG_SECONDS = 60
LABELS = ("longshore.dev/first-job", "longshore.dev/second-job")
"""Labels of the nodes that the executors of one of two jobs may use."""


@pytest.fixture(scope="module")
def without_yunikorn(cluster: Cluster) -> Iterator[None]:
    with chart_values(cluster, {"yunikorn": {"enabled": False}}):
        yield


def test_two_jobs_that_the_cluster_cannot_hold_together_keep_each_other_from_starting(team: JobNamespace) -> None:
    nodes = sorted(free_resources(team.cluster))
    with labels(team.cluster) as give:
        # Each has one of the two nodes to itself until it holds it: so that it is no chance which of them is first.
        for node, label in zip(nodes, LABELS, strict=True):
            give(node, label)
        runs = two_runs(team, on=LABELS)
        what = team.account("a node for one of each", *runs)
        eventually(lambda: all(_half_started(team, run) for run in runs), seconds=240, what=what)
        for node, label in zip(nodes, reversed(LABELS), strict=True):
            give(node, label)
        time.sleep(_LONG_SECONDS)
        for run in runs:
            assert _half_started(team, run)
            found = team.describe(run)
            assert found["state"] == "RUNNING"
            assert "1 of 2 executors do not run" in found["stateDetails"]
    FIGURES["jobs that the default scheduler left half-started"] = str(len(runs))


def _half_started(team: JobNamespace, run: str) -> bool:
    pods = list(filter(is_executor, team.pods(run)))
    assert all(pod["spec"]["schedulerName"] == "default-scheduler" for pod in pods)
    phases = sorted(pod["status"].get("phase", "") for pod in pods)
    assert phases.count("Running") < EXECUTORS, "it got all of its executors"
    return phases == ["Pending", "Running"]


def test_a_job_that_asks_for_yunikorn_runs_all_the_same_and_says_that_there_is_none(team: JobNamespace) -> None:
    run = team.start_spark(SLOW_JOB, "4", "2", parameters=small_gang(1, style="Hard", timeout=60))
    warned = team.wait(run, "RUNNING", seconds=120).get("stateDetails", "")
    assert "no YuniKorn" in warned
    ended = team.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert not any(map(is_placeholder, team.cluster.pods(team.name)))


def test_a_driver_of_the_time_before_yunikorn_says_why_it_gets_no_executors(team: JobNamespace) -> None:
    run = team.start_spark(SLOW_JOB, "16", "4", parameters=ONE_EXECUTOR)
    (executor,) = team.running(run, "executor")

    def told() -> bool:
        return "before YuniKorn was switched on" in team.describe(run).get("stateDetails", "")

    with chart_values(team.cluster, {"yunikorn": {"enabled": True}}):
        team.cluster.delete_pod(team.name, executor)
        eventually(told, seconds=120, what=team.account("the reason why it has no executor", run))
    # Switched off again, it gets one.
    ended = team.wait(run, seconds=400)
    assert ended["state"] == "COMPLETED", ended
    assert "the total is 120" in team.log(run)
