from typing import Any

from longshore_cli.cluster.releases import Settings, image_settings, options, pod_troubles, ready_pods


def pod(name: str, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "status": status}


def test_a_pod_that_waits_says_why() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    pending = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    pods = [
        pod("a", containerStatuses=[waiting]),
        pod("b", conditions=[pending]),
        pod("c", containerStatuses=[{"state": {"running": {}}}]),
        pod("d", containerStatuses=[{"state": {"waiting": {"reason": "PodInitializing"}}}]),
    ]
    assert pod_troubles(pods) == ["a: ImagePullBackOff no such image", "b: 0/3 nodes are available"]


def test_pods_of_what_was_wanted_before_do_not_count() -> None:
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


def test_an_image_is_given_by_registry_repository_and_tag() -> None:
    assert image_settings({"spark": "abc"}, {"history.image": "spark"}) == {
        "history.image.registry": "localhost:5001",
        "history.image.repository": "longshore/spark",
        "history.image.tag": "abc",
    }


def test_a_text_stays_one_and_a_switch_is_one() -> None:
    settings: Settings = {
        "history.image.tag": "12",
        "yunikorn.enabled": True,
        "s3.enabled": False,
        "server.policies": {"A,B": ["c=d"]},
    }
    assert options(settings) == [
        *("--set-string", "history.image.tag=12"),
        *("--set", "yunikorn.enabled=true"),
        *("--set", "s3.enabled=false"),
        *("--set-json", 'server.policies={"A,B": ["c=d"]}'),
    ]
