"""The reason why a pod is not ready, from its object. Pure."""

from datetime import datetime, timedelta

from longshore_cli.doctor.cluster.facts import Object

PATIENCE = timedelta(minutes=2)
"""The age from which on a pod that is not ready counts as a problem."""


def reason(pod: Object, *, now: datetime) -> str | None:
    """Returns why the pod is not ready; None if it is, has ended well, or has begun a moment ago."""
    status, metadata = pod.get("status", {}), pod["metadata"]
    conditions = {each["type"]: each for each in status.get("conditions", [])}
    if status.get("phase") == "Succeeded" or conditions.get("Ready", {}).get("status") == "True":
        return None
    if "deletionTimestamp" in metadata:
        since = datetime.fromisoformat(metadata["deletionTimestamp"])
        return None if now - since < PATIENCE else "it is being deleted, and does not end."
    if now - datetime.fromisoformat(metadata["creationTimestamp"]) < PATIENCE:
        return None
    unscheduled = conditions.get("PodScheduled", {})
    if unscheduled.get("status") == "False":
        return f"no node takes it: {unscheduled.get('message') or unscheduled.get('reason')}"
    told = [text for each in _containers(pod) if (text := _of_container(each)) is not None]
    if told:
        return "; ".join(told)
    return f"{status['reason']}: {status.get('message', '')}" if status.get("reason") else "its readiness probe fails."


def _containers(pod: Object) -> list[Object]:
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]


def _of_container(container: Object) -> str | None:
    name, state = container["name"], container.get("state", {})
    last = container.get("lastState", {}).get("terminated", {})
    ended = f", after exit code {last['exitCode']} ({last.get('reason')})" if last else ""
    if "waiting" in state and state["waiting"].get("reason") != "PodInitializing":
        waiting = state["waiting"]
        return f"container {name}: {waiting.get('reason')} {waiting.get('message', '')}".strip() + ended
    if "terminated" in state and state["terminated"]["exitCode"] != 0:
        return f"container {name}: exit code {state['terminated']['exitCode']} ({state['terminated'].get('reason')})"
    if "running" in state and not container.get("ready") and last:
        return f"container {name}: restarted {container.get('restartCount', 0)} times{ended}"
    return None
