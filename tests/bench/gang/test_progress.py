"""Events of pods become figures of gangs."""

from dataclasses import replace

import pytest

from bench.gang.manifests import GANG_LABEL, ROLE_LABEL
from bench.gang.progress import Pod, Progress, read_pod, reserved_addresses
from bench.gang.workload import Arrival, Job

JOB = Job(executors=2, cores=4, memory_gib=16, minutes=3)
GANGS = [Arrival(name=name, minute=0, job=JOB) for name in ("a", "b")]
DRIVER = Pod(name="a", gang="a", role="driver", node="n1", running=True, gone=False)
FIRST, SECOND = (replace(DRIVER, name=f"a-{number}", role="executor", node="n2") for number in (1, 2))


@pytest.fixture
def progress() -> Progress:
    return Progress(GANGS, [0.0, 0.0])


def test_a_gang_is_whole_when_its_last_executor_runs(progress: Progress) -> None:
    assert progress.see(replace(DRIVER, running=False), 1) == ""
    assert progress.see(DRIVER, 2) == "driver"
    assert progress.see(FIRST, 3) == ""
    assert progress.see(replace(SECOND, running=False), 4) == ""
    assert progress.gangs["a"].half_started
    assert progress.see(SECOND, 5) == "whole"
    assert progress.gangs["a"].whole == 5
    assert not progress.gangs["a"].half_started
    assert progress.see(SECOND, 6) == ""


def test_an_executor_that_is_lost_before_the_gang_is_whole_is_missing(progress: Progress) -> None:
    progress.see(FIRST, 1)
    progress.see(replace(FIRST, gone=True), 2)
    assert progress.see(SECOND, 3) == ""


def test_a_gang_with_nothing_is_not_stuck_and_one_with_placeholders_is(progress: Progress) -> None:
    progress.see(replace(DRIVER, node="", running=False), 1)
    assert not progress.gangs["a"].half_started
    progress.see(replace(DRIVER, name="tg-a-1", role="placeholder", running=False), 2)
    assert progress.gangs["a"].half_started


def test_a_nodes_time_counts_while_it_has_a_pod(progress: Progress) -> None:
    progress.see(replace(DRIVER, node="", running=False), 0)
    progress.see(DRIVER, 10)
    progress.see(FIRST, 12)
    progress.see(SECOND, 13)
    progress.see(replace(FIRST, gone=True), 20)
    progress.see(replace(SECOND, gone=True), 22)
    progress.pass_time(30)
    assert progress.node_seconds == (30 - 10) + (22 - 12)
    assert (progress.peak_pods, progress.peak_nodes, progress.pods) == (3, 2, 1)
    assert progress.peak_reserved == 2 * reserved_addresses(2)


def test_only_a_change_of_a_pods_place_or_state_is_one(progress: Progress) -> None:
    progress.see(DRIVER, 1)
    progress.see(DRIVER, 5)
    assert progress.last_change == 1


def test_a_node_keeps_whole_interfaces_and_one_more() -> None:
    assert [reserved_addresses(pods) for pods in (0, 1, 29, 30, 110)] == [0, 60, 60, 90, 150]


def test_a_placeholder_is_known_by_its_application() -> None:
    labels = {"yunikorn.apache.org/app-id": "bench-1f-a"}
    event = {"metadata": {"name": "tg-1", "labels": labels}, "spec": {"nodeName": "n"}, "status": {"phase": "Pending"}}
    pod = read_pod("ADDED", event)
    assert (pod.gang, pod.role, pod.node, pod.running, pod.gone) == ("a", "placeholder", "n", False, False)
    assert read_pod("DELETED", event).gone


def test_a_pod_that_fails_stops_the_benchmark() -> None:
    metadata = {"name": "a", "labels": {GANG_LABEL: "a", ROLE_LABEL: "driver"}}
    status = {"phase": "Failed", "reason": "ApplicationRejected", "message": "no queue"}
    with pytest.raises(RuntimeError, match=r"'a' has failed \(ApplicationRejected: no queue"):
        read_pod("MODIFIED", {"metadata": metadata, "spec": {}, "status": status})
