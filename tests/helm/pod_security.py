"""The Pod Security Standard `restricted`, and the few things more that this project asks of every pod it makes.

Rules of the standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator
from typing import Any

Manifest = dict[str, Any]
_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
}  # fmt: skip
_SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
}  # fmt: skip


def pod_templates(manifests: list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Every pod template in `manifests`, as ("Kind/name", {"metadata": …, "spec": …})."""
    for manifest in manifests:
        name = f"{manifest['kind']}/{manifest['metadata']['name']}"
        spec = manifest.get("spec", {})
        if manifest["kind"] == "Pod":
            yield name, manifest
        elif manifest["kind"] == "CronJob":
            yield name, spec["jobTemplate"]["spec"]["template"]
        elif manifest["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
            yield name, spec["template"]


def restricted_violations(pod: Manifest) -> list[str]:
    """Why `restricted` refuses the pod with this spec, one sentence a reason; empty if it is admitted."""
    found = [f"{key} is set" for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key)]
    of_pod = pod.get("securityContext") or {}
    found += [f"the sysctl {item['name']} is not among the safe ones" for item in of_pod.get("sysctls", [])
              if item["name"] not in _SYSCTLS]  # fmt: skip
    if of_pod.get("runAsUser") == 0:
        found.append("the pod runs as user 0")
    for volume in pod.get("volumes") or []:
        found += [f"volume {volume['name']} is a {kind}" for kind in volume.keys() - {"name"} - _VOLUMES]
    for container in containers(pod):
        found += [f"container {container['name']}: {reason}" for reason in _of_container(container, of_pod)]
    return found


def house_violations(pod: Manifest) -> list[str]:
    """Returns the violations of our further rules for pods: a read-only root, resources (no CPU limit is required), a
    pull policy, no unused token (`automountServiceAccountToken` must be set)."""
    found = [] if "automountServiceAccountToken" in pod else ["automountServiceAccountToken is left to chance"]
    for container in containers(pod):
        name, resources = container["name"], container.get("resources") or {}
        if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") is not True:
            found.append(f"container {name}: the root file system can be written to")
        if container.get("imagePullPolicy") not in ("IfNotPresent", "Always"):
            found.append(f"container {name}: imagePullPolicy is left to chance")
        found += [
            f"container {name}: resources.{kind}.{what} is missing"
            for kind, what in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))
            if what not in (resources.get(kind) or {})
        ]
    return found


def containers(pod: Manifest) -> list[Manifest]:
    """All containers of a pod's spec, the initial ones first."""
    return [
        *(pod.get("initContainers") or []), *(pod.get("containers") or []), *(pod.get("ephemeralContainers") or []),
    ]  # fmt: skip


def _of_container(container: Manifest, of_pod: Manifest) -> Iterator[str]:
    own = container.get("securityContext") or {}
    added = set((own.get("capabilities") or {}).get("add") or [])
    if own.get("privileged"):
        yield "it is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if "ALL" not in ((own.get("capabilities") or {}).get("drop") or []):
        yield "it does not drop ALL capabilities"
    if added - {"NET_BIND_SERVICE"}:
        yield f"it adds {', '.join(sorted(added - {'NET_BIND_SERVICE'}))}"
    if own.get("runAsNonRoot", of_pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if own.get("runAsUser") == 0:
        yield "it runs as user 0"
    seccomp = (own.get("seccompProfile") or of_pod.get("seccompProfile") or {}).get("type")
    if seccomp not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile is not RuntimeDefault"
    if own.get("procMount", "Default") != "Default":
        yield "procMount is not Default"
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield "it takes a port of the host"
