"""A pod from a release's template. Pure.

The server's own settings make a run work, and win over the template: names, image, command, memory, labels. Policies
are only defaults, which the template may change: the pod's user, its rights, its time to end. The defaults pass the Pod
Security Standard `restricted`, with a read-only root file system.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from emr_containers.runtimes.kubernetes.manifest.releases import PodTemplate

JsonObject = dict[str, Any]
SERVICE_ACCOUNT = "spark"
"""The service account in every namespace of jobs, under which a driver creates its executors."""
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
    container: JsonObject,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    scratch: Mapping[str, str],
    api_access: bool,
) -> JsonObject:
    """Returns a pod's metadata and spec.

    Args:
        template: the release's pod template.
        container: the server's settings of the pod's first container, with its `name`. Lists extend the template's by
            name, or by path for mounts.
        scratch: volumes for data that is deleted with the pod, and their mount paths.
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
            "enableServiceLinks": False,  # Spark might take their variables for its own
            "terminationGracePeriodSeconds": _GRACE_SECONDS,
            **spec,
            "restartPolicy": "Never",
            "securityContext": {**_POD_SECURITY, **(spec.get("securityContext") or {})},
            "containers": [_secured(one) for one in (prepared, *others)],
            **_init_containers(spec),
            "volumes": by_name(({"name": name, "emptyDir": {}} for name in empty), volumes),
        },
    }


def by_name(base: Iterable[JsonObject], ours: Iterable[JsonObject]) -> list[JsonObject]:
    """Returns both lists as one. Of two items with the same name, the one of `ours` is kept."""
    named = {item.get("name"): item for item in base}
    named.update({item.get("name"): item for item in ours})
    return list(named.values())


def literal(text: str) -> str:
    """Returns a text that Kubernetes passes on literally, in a command, an argument or a variable.

    In these, `$(NAME)` stands for a variable and `$$` for a dollar. Source: Kubernetes, Container v1, `args`.
    """
    return text.replace("$", "$$")


def variables(environment: Mapping[str, str]) -> list[JsonObject]:
    """Returns environment variables with exactly these values."""
    return [{"name": name, "value": literal(value)} for name, value in environment.items()]


def _init_containers(spec: Mapping[str, Any]) -> JsonObject:
    containers = spec.get("initContainers")
    return {"initContainers": [_secured(one) for one in containers]} if containers else {}


def _secured(container: JsonObject) -> JsonObject:
    return {**container, "securityContext": {**_CONTAINER_SECURITY, **(container.get("securityContext") or {})}}
