"""Jobs and pods as a cluster of Kubernetes 1.36 shows them, in the states of their lives."""

from copy import deepcopy
from typing import Any

RUN = "0mwvdu3wj2qwiof98b9kp6kzz"
JOB_NAME = f"job-run-{RUN}"
LABELS = {"emr-containers.amazonaws.com/job.id": RUN, "emr-containers.amazonaws.com/virtual-cluster-id": "vc"}
SCHEDULED = {"type": "PodScheduled", "status": "True"}
PREPARED = {"type": "PodReadyToStartContainers", "status": "True"}
READY = {"type": "Ready", "status": "True"}


def job(*conditions: dict[str, str], uid: str = "job-uid", **status: Any) -> dict[str, Any]:
    """A run's Job, with these members of its status."""
    return {
        "metadata": {"name": JOB_NAME, "uid": uid, "labels": LABELS},
        "spec": {"completions": 1},
        "status": {"conditions": list(conditions)} | status,
    }


def complete() -> dict[str, Any]:
    """A Job that has succeeded."""
    return job(
        {"type": "SuccessCriteriaMet", "status": "True"},
        {"type": "Complete", "status": "True", "reason": "CompletionsReached", "message": "Reached expected number"},
        succeeded=1,
    )


def failed(reason: str = "BackoffLimitExceeded", *, pods: int = 1) -> dict[str, Any]:
    """A Job that has failed."""
    said = {"reason": reason, "message": "Job has reached the specified backoff limit"}
    return job(
        {"type": "FailureTarget", "status": "True"} | said, {"type": "Failed", "status": "True"} | said, failed=pods
    )


def pod(
    suffix: str = "x7k2p",
    *,
    component: str = "driver",
    state: dict[str, Any] | None = None,
    conditions: tuple[dict[str, str], ...] = (SCHEDULED, PREPARED),
    created: str = "2026-11-25T00:26:00Z",
    deleted: bool = False,
    annotations: dict[str, str] | None = None,
    **status: Any,
) -> dict[str, Any]:
    """A pod whose container is in this state."""
    name = f"spark-kubernetes-{component}"
    metadata: dict[str, Any] = {
        "name": f"{JOB_NAME}-{suffix}",
        "uid": f"uid-{suffix}",
        "creationTimestamp": created,
        "labels": LABELS | {"emr-containers.amazonaws.com/component": component},
        "annotations": annotations or {"emr-containers.amazonaws.com/executor-pod-template": "{}"},
    }
    if deleted:
        metadata["deletionTimestamp"] = "2026-11-25T00:27:00Z"
    containers = [{"name": name, "ready": False, "restartCount": 0, "state": state}] if state else []
    return {
        "metadata": metadata,
        "spec": {
            "nodeName": "worker-2",
            "containers": [{"name": name, "image": "r/i:1", "resources": {"limits": {"memory": "896Mi"}}}],
        },
        "status": {"phase": "Pending", "conditions": deepcopy(list(conditions)), "containerStatuses": containers}
        | status,
    }


def running(suffix: str = "x7k2p", **changes: Any) -> dict[str, Any]:
    """A pod whose container runs."""
    state = {"running": {"startedAt": "2026-11-25T00:26:03Z"}}
    return pod(suffix, **{"state": state, "conditions": (SCHEDULED, PREPARED, READY), "phase": "Running"} | changes)


def ended(suffix: str = "x7k2p", *, code: int, reason: str = "Error", message: str = "", **changes: Any) -> Any:
    """A pod whose container has ended."""
    terminated: dict[str, Any] = {"exitCode": code, "reason": reason, "containerID": "containerd://1"}
    if message:
        terminated["message"] = message
    phase = "Succeeded" if code == 0 else "Failed"
    return pod(suffix, **{"state": {"terminated": terminated}, "phase": phase} | changes)


def waiting(reason: str, message: str = "", **changes: Any) -> dict[str, Any]:
    """A pod whose container does not start."""
    return pod(**{"state": {"waiting": {"reason": reason, "message": message}}} | changes)


def unschedulable(message: str, **changes: Any) -> dict[str, Any]:
    """A pod that has no node."""
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
    return without_node(**{"conditions": (condition,)} | changes)


def without_node(suffix: str = "x7k2p", **changes: Any) -> dict[str, Any]:
    """A pod that no scheduler has said anything of yet."""
    waits = pod(suffix, **{"conditions": ()} | changes)
    del waits["spec"]["nodeName"]
    return waits


def bare_failure(reason: str, message: str, suffix: str = "x7k2p", **changes: Any) -> dict[str, Any]:
    """A pod that YuniKorn has given up: nothing else is left of its status, and it never had a node."""
    status = {"phase": "Failed", "reason": reason, "message": message, "qosClass": "Burstable"}
    return without_node(suffix, **changes) | {"status": status}
