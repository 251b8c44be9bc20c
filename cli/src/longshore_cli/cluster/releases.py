"""The Helm releases of the local cluster, and when their pods are ready."""

import json
import time
from collections.abc import Mapping
from typing import Any

from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.node import Tools
from longshore_cli.cluster.registry import HOST
from longshore_cli.cluster.shell import run
from longshore_cli.embedded.platform import Say
from longshore_cli.exceptions import ClusterError

Settings = Mapping[str, str | bool | dict[str, Any]]
"""Values of a chart by their path."""


def install(layout: ClusterLayout, tools: Tools, *, chart: str, namespace: str, settings: Settings) -> None:
    """Installs or upgrades the chart `helm/<chart>` under its own name; does not wait for its pods.

    Args:
        settings: values beside those of `values-kind.yaml`.

    Raises:
        ClusterError: Helm refuses: a wrong value, an object that is another's.
    """
    folder = layout.root / "helm" / chart
    run(
        [
            *(tools.helm, "upgrade", "--install", chart, folder, "--namespace", namespace),
            *("--kubeconfig", layout.kubeconfig, "--values", folder / "values-kind.yaml"),
            *options(settings),
        ],
        what=f"The chart {chart!r} cannot be installed",
    )


def options(settings: Settings) -> list[str]:
    """Helm's options for these values. Pure."""
    words: list[str] = []
    for name, value in settings.items():
        if isinstance(value, bool):
            words += ["--set", f"{name}={str(value).lower()}"]
        elif isinstance(value, dict):
            words += ["--set-json", f"{name}={json.dumps(value)}"]
        else:
            words += ["--set-string", f"{name}={value}"]  # what looks like a number stays a text
    return words


def image_settings(tags: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """The values that name images: by the path of an `image` value, the image that it takes."""
    return {
        f"{path}.{key}": value
        for path, name in names.items()
        for key, value in (("registry", HOST), ("repository", f"longshore/{name}"), ("tag", tags[name]))
    }


def wait_ready(kubectl: Kubectl, *, namespace: str, seconds: float, say: Say) -> None:
    """Waits until every Deployment and StatefulSet of the namespace has its pods, saying each that has.

    Raises:
        ClusterError: it takes too long; the message says what the pods that are not ready say.
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
            reasons = "; ".join(pod_troubles(kubectl.list("pods", namespace=namespace))) or "no pod says why"
            raise ClusterError(
                f"In the namespace {namespace!r} {missing} did not become ready within {seconds:.0f} s: {reasons}."
            )
        time.sleep(1.0)


def pod_troubles(pods: list[dict[str, Any]]) -> list[str]:
    """What keeps pods from being ready, a text each, from their status. Pure."""
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
    """How many pods of a Deployment or StatefulSet are ready as it is wanted now, and how many should be. Pure."""
    status, wanted = workload.get("status", {}), workload["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < workload["metadata"].get("generation", 0):
        return 0, wanted  # what the status says is of what was wanted before
    updated, ready = status.get("updatedReplicas", 0), status.get("readyReplicas", 0)
    # Those of an earlier form are among the ready ones until they are gone.
    earlier = max(status.get("replicas", 0) - updated, 0)
    return max(min(updated, ready - earlier), 0), wanted


def _ready(workload: dict[str, Any]) -> bool:
    ready, wanted = ready_pods(workload)
    return ready >= wanted
