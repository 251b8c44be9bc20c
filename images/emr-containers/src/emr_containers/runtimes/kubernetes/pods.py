"""A pod from a release's template. Pure.

What makes a run work is the server's and wins over the template: names, image, command, memory, labels. What is
policy is a default that the template may change: who the pod runs as, what it may do, how long it may take to end.
The defaults pass the Pod Security Standard `restricted`, with a root file system that is only read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from emr_containers.runtimes.kubernetes.releases import PodTemplate

Table = dict[str, Any]
SERVICE_ACCOUNT = "spark"
"""In every namespace of jobs; a driver makes its executors under this name."""
_GRACE_SECONDS = 15
_POD_SECURITY = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_CONTAINER_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


def pod(
    template: PodTemplate,
    *,
    container: Table,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    scratch: Mapping[str, str],
    api_access: bool,
) -> Table:
    """A pod's metadata and spec.

    Args:
        template: the release's.
        container: what the server sets of the pod's own container, `name` among it; lists extend the template's by
            name, or by path for mounts.
        scratch: volumes for data that goes with the pod, and where they are mounted.
        api_access: whether the pod is given a token for the cluster's API.
    """
    metadata, spec = template.get("metadata") or {}, template.get("spec") or {}
    own, *others = spec.get("containers") or [{}]
    mounts = [*(own.get("volumeMounts") or []), *(container.get("volumeMounts") or [])]
    taken = {mount.get("mountPath") for mount in mounts}
    empty = {name: path for name, path in scratch.items() if path not in taken}
    volumes = spec.get("volumes") or []
    prepared = {
        "workingDir": "/tmp",  # noqa: S108  in the container, where little else can be written to
        **own,
        **container,
        "env": by_name(own.get("env") or [], container.get("env") or []),
        "volumeMounts": [*mounts, *({"name": name, "mountPath": path} for name, path in empty.items())],
    }
    return {
        "metadata": {
            **metadata,
            "labels": {**(metadata.get("labels") or {}), **labels},
            "annotations": {**(metadata.get("annotations") or {}), **annotations},
        },
        "spec": {
            "serviceAccountName": SERVICE_ACCOUNT,
            "automountServiceAccountToken": api_access,
            "enableServiceLinks": False,  # variables for every Service there, which Spark might take for its own
            "terminationGracePeriodSeconds": _GRACE_SECONDS,
            **spec,
            "restartPolicy": "Never",
            "securityContext": {**_POD_SECURITY, **(spec.get("securityContext") or {})},
            "containers": [_secured(one) for one in (prepared, *others)],
            **_init_containers(spec),
            "volumes": by_name(({"name": name, "emptyDir": {}} for name in empty), volumes),
        },
    }


def by_name(base: Iterable[Table], ours: Iterable[Table]) -> list[Table]:
    """Both lists as one, in which what has the same name is ours."""
    named = {item.get("name"): item for item in base}
    named.update({item.get("name"): item for item in ours})
    return list(named.values())


def literal(text: str) -> str:
    """A text that Kubernetes gives to a container as it is, in a command, an argument or a variable.

    There `$(NAME)` stands for a variable and `$$` for a dollar. Source: Kubernetes, Container v1, `args`.
    """
    return text.replace("$", "$$")


def variables(environment: Mapping[str, str]) -> list[Table]:
    """Environment variables with these very values."""
    return [{"name": name, "value": literal(value)} for name, value in environment.items()]


def _init_containers(spec: Mapping[str, Any]) -> Table:
    containers = spec.get("initContainers")
    return {"initContainers": [_secured(one) for one in containers]} if containers else {}


def _secured(container: Table) -> Table:
    return {**container, "securityContext": {**_CONTAINER_SECURITY, **(container.get("securityContext") or {})}}
