"""Pods that only sleep, of a size of their own, by YuniKorn or the default scheduler."""

import uuid
from typing import Any

from cluster.job_namespaces import JobNamespace
from cluster.parts import eventually
from longshore_cli.cluster import namespaces

OCCUPANT = "occupant"


def sleeper(jobs: JobNamespace, name: str, *, requests: dict[str, str], **spec: Any) -> dict[str, Any]:
    """A pod that sleeps; for YuniKorn it is an application of its own.

    Args:
        spec: more of its PodSpec, such as `schedulerName`.
    """
    # One of an earlier test may still be ending, and would keep the pod in its own queue.
    application = f"{name}-{uuid.uuid4().hex[:8]}"
    database = jobs.cluster.kubectl.get("statefulset", "lake-db", namespace=namespaces.PLATFORM)
    assert database is not None
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": jobs.name, "labels": {"yunikorn.apache.org/app-id": application}},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "sleep",
                    # An image that every node can have.
                    "image": database["spec"]["template"]["spec"]["containers"][0]["image"],
                    "command": ["sleep", "infinity"],
                    "resources": {"requests": requests, "limits": {"memory": requests["memory"]}},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
            **spec,
        },
    }


def writer(jobs: JobNamespace, name: str, script: str) -> dict[str, Any]:
    """A pod that runs a script of bash, which writes, and then sleeps."""
    pod = sleeper(jobs, name, requests={"cpu": "10m", "memory": "64Mi"})
    pod["spec"]["containers"][0]["command"] = ["bash", "-c", f"{script}; sleep infinity"]
    return pod


def placed(jobs: JobNamespace, *names: str) -> dict[str, str]:
    """The nodes of these pods by their names, as soon as all have one."""

    def look() -> dict[str, str] | None:
        nodes = {pod["metadata"]["name"]: pod["spec"].get("nodeName") for pod in jobs.cluster.pods(jobs.name)}
        return {name: nodes[name] for name in names} if all(nodes.get(name) for name in names) else None

    return dict(eventually(look, seconds=180, what=f"a node for each of {', '.join(names)}"))


def occupy(jobs: JobNamespace, memory: str) -> None:
    """Takes so much of the namespace's queue, until OCCUPANT is taken away."""
    requests = {"cpu": "10m", "memory": memory}
    jobs.cluster.kubectl.apply(sleeper(jobs, OCCUPANT, requests=requests, schedulerName="yunikorn"))
    placed(jobs, OCCUPANT)


def take_away(jobs: JobNamespace, *names: str) -> None:
    """Deletes these pods, and waits until they are gone."""
    jobs.cluster.kubectl.run("-n", jobs.name, "delete", "pod", *names, what=f"pods {', '.join(names)}")
