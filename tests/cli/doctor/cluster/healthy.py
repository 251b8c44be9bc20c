"""The facts of a cluster that is well. Objects have the form and the fields that `kubectl get -o json` gives them."""

from datetime import UTC, datetime
from typing import Any

from longshore_cli.doctor.cluster.facts import ClusterFacts, ServerPod, Volume

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LONG_AGO, A_MOMENT_AGO = "2026-11-30T10:00:00Z", "2026-11-30T11:59:30Z"
GIB = 1 << 30


def pod(name: str = "emr-containers-7c9-x", **changes: Any) -> dict[str, Any]:
    """Returns a ready pod with changes to its `metadata` and its `status`."""
    metadata = {"name": name, "namespace": "longshore", "creationTimestamp": LONG_AGO}
    status: dict[str, Any] = {
        "phase": "Running",
        "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "name": "server",
                "ready": True,
                "restartCount": 0,
                "state": {"running": {"startedAt": LONG_AGO}},
                "lastState": {},
            }
        ],
    }
    return {"metadata": metadata | changes.get("metadata", {}), "status": status | changes.get("status", {})}


def unready(container: dict[str, Any]) -> dict[str, Any]:
    """Returns the status of a pod whose container has this status."""
    conditions = [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}]
    return {
        "conditions": conditions,
        "containerStatuses": [{"name": "server", "ready": False, "lastState": {}} | container],
    }


def node(**conditions: str) -> dict[str, Any]:
    """Returns a node with these conditions besides those of one that is well."""
    found = {"MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False", "Ready": "True"} | conditions
    listed = [{"type": kind, "status": status, "message": f"{kind} says so"} for kind, status in found.items()]
    return {"metadata": {"name": "longshore-worker"}, "status": {"conditions": listed}}


def environment(phase: str, **changes: Any) -> dict[str, Any]:
    """Returns an AirflowEnvironment in a phase."""
    condition = {"type": "Ready", "status": "False", "reason": "Starting", "message": "the scheduler is not ready"}
    status = {"phase": phase, "conditions": [condition | {"lastTransitionTime": LONG_AGO}]}
    metadata = {"name": "mine", "creationTimestamp": LONG_AGO} | changes.get("metadata", {})
    return {"metadata": metadata, "spec": {}, "status": status | changes.get("status", {})}


def deployment(ready: int) -> dict[str, Any]:
    """Returns a Deployment of one wanted pod."""
    return {"metadata": {"name": "yunikorn-scheduler"}, "spec": {"replicas": 1}, "status": {"readyReplicas": ready}}


_FACTS: dict[str, Any] = {
    "now": NOW,
    "missing_programs": (),
    "docker_fault": None,
    "exists": True,
    "api_fault": None,
    "api_certificate_ends": datetime(2027, 11, 1, tzinfo=UTC),
    "nodes": (node(),),
    "pods": (pod(),),
    "releases": ({"name": "airflow", "namespace": "airflow", "status": "deployed", "updated": "today"},),
    "servers": (
        ServerPod(name="a", fault=None, dispatches=True),
        ServerPod(name="b", fault=None, dispatches=False),
    ),
    "server_uses_yunikorn": True,
    "yunikorn": (deployment(1),),
    "volumes": (Volume(name="the volume longshore/data-postgres-0", used=GIB, capacity=10 * GIB),),
    "environments": (environment("Ready"),),
}


def facts(**changes: Any) -> ClusterFacts:
    """Returns the facts with these changes."""
    return ClusterFacts(**_FACTS | changes)
