"""Readiness of the Helm releases' pods, and the reasons where they are not ready."""

import time
from typing import Any

from longshore_cli.base.progress import Say
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.exceptions import ClusterError


def wait_ready(kubectl: Kubectl, *, namespace: str, seconds: float, say: Say) -> None:
    """Waits until every Deployment and StatefulSet of the namespace is ready, and reports each one.

    Raises:
        ClusterError: it takes too long; the message has the reasons of pods that are not ready.
    """
    told: set[str] = set()
    deadline = time.monotonic() + seconds
    while True:
        workloads = kubectl.list("deployments,statefulsets", namespace=namespace)
        for each in workloads:
            name = each["metadata"]["name"]
            if _ready(each) and name not in told:
                told.add(name)
                say(f"{namespace}/{name} is ready")
        if workloads and len(told) == len(workloads):
            return
        if time.monotonic() > deadline:
            missing = ", ".join(sorted({each["metadata"]["name"] for each in workloads} - told)) or "anything"
            reasons = "; ".join(pod_problems(kubectl.list("pods", namespace=namespace))) or "no pod gives a reason"
            raise ClusterError(
                f"In the namespace {namespace!r} {missing} did not become ready within {seconds:.0f} s: {reasons}."
            )
        time.sleep(1.0)


def pod_problems(pods: list[dict[str, Any]]) -> list[str]:
    """Returns the reasons why pods are not ready, one text for each, from their status. Pure."""
    found = []
    for pod in pods:
        status = pod.get("status", {})
        states = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
        waiting = [state["state"]["waiting"] for state in states if "waiting" in state.get("state", {})]
        reasons = [f"{each.get('reason')} {each.get('message', '')}".strip() for each in waiting]
        reasons += [
            condition.get("message", condition.get("reason", ""))
            for condition in status.get("conditions", [])
            if condition["type"] == "PodScheduled" and condition["status"] == "False"
        ]
        if reasons and reasons != ["PodInitializing"]:
            found.append(f"{pod['metadata']['name']}: {' / '.join(dict.fromkeys(reasons))}")
    return found


def ready_pods(workload: dict[str, Any]) -> tuple[int, int]:
    """Returns the numbers of ready and wanted pods of a Deployment or StatefulSet, by its current spec. Pure."""
    status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return 0, wanted  # the status describes an older spec
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    # Pods of an older spec count among the ready ones until they are removed.
    earlier = max(status.get("replicas", 0) - updated, 0)
    return max(min(updated, ready - earlier), 0), wanted


def _ready(workload: dict[str, Any]) -> bool:
    ready, wanted = ready_pods(workload)
    return ready >= wanted
