"""The kind cluster: created from `kind-config.yaml`, connected to again, removed."""

from pathlib import Path
from typing import Any

import yaml

from longshore_cli.base.programs import run
from longshore_cli.cluster.images.node_image import PUBLISHED_NODE
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.cluster.layout import NAME, ClusterLayout

_CGROUP_V2 = Path("/sys/fs/cgroup/cgroup.controllers")
_WAIT = "180s"
_ENDING_STATES = {"dead", "removing"}


def exists(tools: Tools) -> bool:
    """Returns true if the cluster exists."""
    listed = run([tools.kind, "get", "clusters"], what="kind's clusters cannot be listed")
    return NAME in listed.split()


def is_partly_removed() -> bool:
    """Returns true if a removal of the cluster was interrupted. Such a cluster can only be removed."""
    fields = '{{.State}} {{.Label "io.x-k8s.kind.role"}}'
    words = ["docker", "ps", "--all", "--filter", f"label=io.x-k8s.kind.cluster={NAME}", "--format", fields]
    return removal_began(run(words, what="The cluster's nodes cannot be listed").splitlines())


def removal_began(nodes: list[str]) -> bool:
    """Returns true if nodes are being removed, or the control plane is missing.

    Args:
        nodes: Docker's state of each node's container, and kind's role of the node.
    """
    found = [node.split(" ") for node in nodes]
    return any(state in _ENDING_STATES for state, _ in found) or all(role != "control-plane" for _, role in found)


def create(tools: Tools, layout: ClusterLayout, *, image: str) -> None:
    """Creates the cluster, and waits until its nodes are Ready.

    Raises:
        ClusterError: kind fails; nothing is left of the cluster.
    """
    base = yaml.safe_load((layout.root / "kind-config.yaml").read_text())
    published = image == PUBLISHED_NODE
    config = configuration(base, published=published, cgroup_v2=_CGROUP_V2.exists())
    layout.kind_config.write_text(yaml.safe_dump(config, sort_keys=False))
    run(
        [
            *(tools.kind, "create", "cluster", "--name", NAME, "--image", image, "--wait", _WAIT),
            *("--config", layout.kind_config, "--kubeconfig", layout.kubeconfig),
        ],
        what="The cluster cannot be created",
    )


def reconnect(tools: Tools, layout: ClusterLayout) -> None:
    """Starts the nodes of the existing cluster if the engine has stopped them, and writes its kubeconfig.

    Raises:
        ClusterError: the cluster does not answer.
    """
    nodes = run([tools.kind, "get", "nodes", "--name", NAME], what="The nodes cannot be listed").split()
    run(["docker", "start", *nodes], what="The cluster's nodes cannot be started")
    run(
        [tools.kind, "export", "kubeconfig", "--name", NAME, "--kubeconfig", layout.kubeconfig],
        what="The cluster's kubeconfig cannot be exported",
    )


def delete(tools: Tools) -> None:
    """Removes the cluster.

    Raises:
        ClusterError: kind fails.
    """
    run([tools.kind, "delete", "cluster", "--name", NAME], what="The cluster cannot be removed")


def configuration(base: dict[str, Any], *, published: bool, cgroup_v2: bool) -> dict[str, Any]:
    """Returns kind's configuration for this machine.

    Args:
        base: the content of `kind-config.yaml`.
        published: true if the node's image is kind's own.
        cgroup_v2: true if the machine has it.
    """
    kubelet: dict[str, Any] = {}
    patches: list[dict[str, Any]] = []
    if not cgroup_v2:
        kubelet["failCgroupV1"] = False
    if not published:
        kubelet["cgroupDriver"] = "cgroupfs"
        # Our image has no programs that kubeadm checks for but does not need here (crictl).
        registration = {"nodeRegistration": {"ignorePreflightErrors": ["all"]}}
        patches += [{"kind": kind, **registration} for kind in ("InitConfiguration", "JoinConfiguration")]
    if kubelet:
        patches.append({"kind": "KubeletConfiguration", **kubelet})
    if not patches:
        return base
    return base | {
        "kubeadmConfigPatches": [
            *base.get("kubeadmConfigPatches", []),
            *(yaml.safe_dump(patch, sort_keys=False) for patch in patches),
        ]
    }
