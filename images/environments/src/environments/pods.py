"""What the API server's lists tell of an environment's Airflow: is it as it should be, and what keeps it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from environments.quantities import GIB, quantity

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
"""Reasons of a waiting container that do not go by themselves soon."""


@dataclass(frozen=True, kw_only=True)
class Requested:
    """What pods ask for together."""

    cpu: Decimal
    """Cores."""
    memory: Decimal
    """GiB."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One Deployment of Airflow's."""

    component: str
    wanted: int
    ready: int
    """Pods that are ready, of whatever form."""
    settled: bool
    """Whether all pods that are there are of the newest form."""
    there: int
    """Pods, whether ready or not, those that are on their way out too."""


def workloads(deployments: Iterable[Mapping[str, Any]]) -> tuple[Workload, ...]:
    """Airflow's components from the list of Deployments."""
    return tuple(
        sorted(
            (_workload(each) for each in deployments if _component(each) in COMPONENTS), key=lambda one: one.component
        )
    )


def drifted(found: Iterable[Workload], *, asleep: bool) -> bool:
    """Whether somebody has removed or scaled a component."""
    replicas = {each.component: each.wanted for each in found}
    return any(replicas.get(component) != (0 if asleep else 1) for component in COMPONENTS)


def troubles(pods: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What keeps Airflow's pods from being ready and does not go by itself, a text each."""
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
    """Why pods are not even made, such as an exceeded quota, a text each."""
    return tuple(
        f"{_component(each)}: {condition.get('message', condition.get('reason', ''))}"[:300]
        for each in deployments
        for condition in each.get("status", {}).get("conditions", [])
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True"
    )


def requested(pods: Iterable[Mapping[str, Any]]) -> Requested:
    """What all pods that have not ended ask for: Airflow's and its jobs'."""
    cpu = memory = Decimal(0)
    for pod in pods:
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for container in pod["spec"]["containers"]:
            requests = (container.get("resources") or {}).get("requests") or {}
            cpu += quantity(requests.get("cpu", "0"))
            memory += quantity(requests.get("memory", "0"))
    return Requested(cpu=cpu, memory=memory / GIB)


def pod_of(component: str, pods: Iterable[Mapping[str, Any]]) -> str | None:
    """The name of a running pod of the component, the newest if there are several."""
    running = [pod for pod in pods if _component(pod) == component and pod.get("status", {}).get("phase") == "Running"]
    newest = max(running, key=lambda pod: str(pod["metadata"].get("creationTimestamp")), default=None)
    return None if newest is None else str(newest["metadata"]["name"])


def _component(each: Mapping[str, Any]) -> str:
    labels = each["metadata"].get("labels") or {}
    return str(labels.get(COMPONENT_LABEL, "")) if labels.get("app.kubernetes.io/name") == "airflow" else ""


def _workload(deployment: Mapping[str, Any]) -> Workload:
    status, wanted = deployment.get("status", {}), deployment["spec"].get("replicas", 1)
    there = status.get("replicas", 0)
    seen = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return Workload(
        component=_component(deployment),
        wanted=wanted,
        ready=status.get("readyReplicas", 0),
        settled=seen and status.get("updatedReplicas", 0) == there,
        there=there,
    )
