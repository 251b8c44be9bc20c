"""The API server's lists tell whether Airflow is as it should be, and what keeps it."""

from decimal import Decimal
from typing import Any

from environments.observed.pods import drifted, pod_of, replica_failures, requested, troubles, workloads


def labels(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "airflow", "app.kubernetes.io/component": component}


def deployment(component: str, *, replicas: int = 1, ready: int = 1, generation: int = 1) -> dict[str, Any]:
    return {
        "metadata": {"labels": labels(component), "generation": generation},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 1, "replicas": ready, "readyReplicas": ready, "updatedReplicas": ready},
    }


def pod(component: str = "scheduler", *, cpu: str = "100m", memory: str = "512Mi", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"{component}-1",
            "labels": labels(component),
            "creationTimestamp": "2026-11-25T12:00:00Z",
        },
        "spec": {"containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}]},
        "status": {"phase": "Running", **status},
    }


ALL = [deployment(each) for each in ("api-server", "scheduler", "dag-processor", "triggerer")]


def test_pods_of_an_earlier_form_are_ready_and_nothing_is_settled() -> None:
    (found,) = workloads([deployment("scheduler")])
    assert (found.wanted, found.ready, found.settled) == (1, 1, True)
    (unseen,) = workloads([deployment("scheduler", generation=2)])
    assert (unseen.ready, unseen.settled) == (1, False)
    rolling = deployment("scheduler")
    rolling["status"] |= {"replicas": 2, "updatedReplicas": 1, "readyReplicas": 1}
    (found,) = workloads([rolling])
    assert (found.ready, found.settled) == (1, False)


def test_a_pod_that_is_terminating_is_there_until_it_has_ended() -> None:
    asleep = [deployment("scheduler", replicas=0)]
    asleep[0]["status"] = {"observedGeneration": 1}
    leaving = pod()
    leaving["metadata"]["deletionTimestamp"] = "2026-11-25T12:01:00Z"
    (found,) = workloads(asleep, [leaving])
    assert (found.there, found.ready, found.settled) == (1, 0, True)
    ended = pod(phase="Succeeded")
    assert [each.there for each in workloads(asleep, [ended])] == [0]
    assert [each.there for each in workloads(asleep, [pod("api-server")])] == [0]


def test_what_is_not_airflows_is_left_out() -> None:
    other = deployment("scheduler")
    other["metadata"]["labels"]["app.kubernetes.io/name"] = "other"
    assert workloads([other]) == ()


def test_a_component_that_was_scaled_or_removed_is_drift() -> None:
    assert not drifted(workloads(ALL), asleep=False)
    assert drifted(workloads(ALL), asleep=True)
    assert drifted(workloads(ALL[1:]), asleep=False)
    assert drifted(workloads([*ALL[1:], deployment("api-server", replicas=0)]), asleep=False)


def test_an_image_that_cannot_be_pulled_is_trouble_and_a_start_is_none() -> None:
    waiting = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    starts = {"state": {"waiting": {"reason": "PodInitializing"}}}
    assert troubles([pod(containerStatuses=[waiting])]) == ("scheduler: ImagePullBackOff no such image",)
    assert troubles([pod(containerStatuses=[starts])]) == ()


def test_no_room_is_trouble() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "too few cores"}
    assert troubles([pod(conditions=[condition])]) == ("scheduler: Unschedulable too few cores",)


def test_a_quota_that_is_used_up_is_told() -> None:
    one = deployment("triggerer")
    one["status"]["conditions"] = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]
    assert replica_failures([one, *ALL]) == ("triggerer: exceeded quota",)


def test_what_all_pods_ask_for_is_summed_but_for_those_that_have_ended() -> None:
    found = requested([pod(), pod(cpu="1", memory="1Gi"), pod(cpu="8", phase="Succeeded")])
    assert (found.cpu, found.memory) == (Decimal("1.1"), Decimal("1.5"))


def test_a_pod_that_asks_for_nothing_counts_nothing() -> None:
    assert requested([{"metadata": {}, "spec": {"containers": [{}]}, "status": {}}]).cpu == 0


def test_the_pod_of_a_component_is_a_running_one() -> None:
    assert pod_of("dag-processor", [pod("scheduler"), pod("dag-processor")]) == "dag-processor-1"
    assert pod_of("dag-processor", [pod("dag-processor", phase="Pending")]) is None
