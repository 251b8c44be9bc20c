"""The workloads of an environment's Airflow, read from lists of pods and Deployments. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from longshore_libs.quantities import GIBI, parse_quantity

API_SERVER = "api-server"
COMPONENTS = (API_SERVER, "scheduler", "dag-processor", "triggerer")
COMPONENT_LABEL = "app.kubernetes.io/component"
_FATAL = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}
"""Reasons of a waiting container that will not go away by themselves soon."""
_ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True, kw_only=True)
class Requested:
    """The resources that pods request together."""

    cpu: Decimal
    """Number of cores."""
    memory: Decimal
    """Memory in GiB."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One Deployment of Airflow."""

    component: str
    wanted: int
    ready: int
    """Number of ready pods, of the newest form or not."""
    settled: bool
    """True if all pods have the newest form."""
    there: int
    """Number of pods, ready or not, including those that are terminating."""


def workloads(deployments: Iterable[Mapping[str, Any]], pods: Iterable[Mapping[str, Any]] = ()) -> tuple[Workload, ...]:
    """Returns Airflow's components from the lists of Deployments and of pods.

    Args:
        pods: a Deployment does not count those that are terminating, and such a pod may still answer.
    """
    alive = Counter(_component(pod) for pod in pods if pod.get("status", {}).get("phase") not in _ENDED)
    ours = [each for each in deployments if _component(each) in COMPONENTS]
    return tuple(sorted((_workload(each, alive=alive) for each in ours), key=lambda one: one.component))


def drifted(found: Iterable[Workload], *, asleep: bool) -> bool:
    """Returns whether a component is missing, or has the wrong number of replicas."""
    replicas = {each.component: each.wanted for each in found}
    return any(replicas.get(component) != (0 if asleep else 1) for component in COMPONENTS)


def troubles(pods: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Returns the reasons why Airflow's pods are not ready that will not go away by themselves, a text each."""
    found = []
    for pod in pods:
        if _component(pod) not in COMPONENTS or pod["metadata"].get("deletionTimestamp"):
            continue
        status = pod.get("status", {})
        states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        waiting = [state["state"]["waiting"] for state in states if "waiting" in state.get("state", {})]
        reasons = [
            f"{each['reason']} {each.get('message', '')}".strip() for each in waiting if each.get("reason") in _FATAL
        ]
        reasons += [
            f"{condition.get('reason', '')} {condition.get('message', '')}".strip()
            for condition in status.get("conditions", [])
            if condition["type"] == "PodScheduled" and condition["status"] == "False"
        ]
        if reasons:
            found.append(f"{_component(pod)}: {' / '.join(dict.fromkeys(reasons))}"[:300])
    return tuple(sorted(set(found)))


def replica_failures(deployments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Returns the reasons why pods are not created, such as an exceeded quota, a text each."""
    return tuple(
        f"{_component(each)}: {condition.get('message', condition.get('reason', ''))}"[:300]
        for each in deployments
        for condition in each.get("status", {}).get("conditions", [])
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True"
    )


def requested(pods: Iterable[Mapping[str, Any]]) -> Requested:
    """Returns the resources that all running or pending pods request: Airflow's and its jobs'."""
    cpu = memory = Decimal(0)
    for pod in pods:
        if pod.get("status", {}).get("phase") in _ENDED:
            continue
        for container in pod["spec"]["containers"]:
            requests = (container.get("resources") or {}).get("requests") or {}
            cpu += parse_quantity(requests.get("cpu", "0"))
            memory += parse_quantity(requests.get("memory", "0"))
    return Requested(cpu=cpu, memory=memory / GIBI)


def pod_of(component: str, pods: Iterable[Mapping[str, Any]]) -> str | None:
    """Returns the name of the component's newest running pod; None if there is none."""
    running = [pod for pod in pods if _component(pod) == component and pod.get("status", {}).get("phase") == "Running"]
    newest = max(running, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), default=None)
    return None if newest is None else str(newest["metadata"]["name"])


def _component(each: Mapping[str, Any]) -> str:
    labels = each["metadata"].get("labels") or {}
    return str(labels.get(COMPONENT_LABEL, "")) if labels.get("app.kubernetes.io/name") == "airflow" else ""


def _workload(deployment: Mapping[str, Any], *, alive: Mapping[str, int]) -> Workload:
    status, wanted, component = (
        deployment.get("status", {}),
        deployment["spec"].get("replicas", 1),
        _component(deployment),
    )
    replicas = status.get("replicas", 0)
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return Workload(
        component=component,
        wanted=wanted,
        ready=status.get("readyReplicas", 0),
        settled=seen and status.get("updatedReplicas", 0) == replicas,
        there=max(replicas, alive.get(component, 0)),
    )
