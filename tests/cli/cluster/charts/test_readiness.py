"""Ready pods, and the reasons of the others."""

from typing import Any

from longshore_cli.cluster.charts.readiness import pod_problems, ready_pods


def pod(name: str, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": status}


def test_a_waiting_pod_gives_its_reason() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    pending = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    pods = [
        pod("a", containerStatuses=[waiting]),
        pod("b", conditions=[pending]),
        pod("c", containerStatuses=[{"state": {"running": {}}}]),
        pod("d", containerStatuses=[{"state": {"waiting": {"reason": "PodInitializing"}}}]),
    ]
    assert pod_problems(pods) == ["a: ImagePullBackOff no such image", "b: 0/3 nodes are available"]


def test_pods_of_an_older_spec_do_not_count() -> None:
    status = {"observedGeneration": 1, "updatedReplicas": 1, "readyReplicas": 1}
    workload = {"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": status}
    assert ready_pods(workload) == (1, 1)
    workload["metadata"] = {"generation": 2}
    assert ready_pods(workload) == (0, 1)
    workload["metadata"], status["updatedReplicas"] = {"generation": 1}, 0
    assert ready_pods(workload) == (0, 1)
    # The old pod is the one that is ready.
    status |= {"replicas": 2, "updatedReplicas": 1}
    assert ready_pods(workload) == (0, 1)
    status["readyReplicas"] = 2
    assert ready_pods(workload) == (1, 1)
