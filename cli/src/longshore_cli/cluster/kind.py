"""The kind cluster: made from `kind-config.yaml`, found again, removed."""

from pathlib import Path
from typing import Any

import yaml

from longshore_cli.cluster.layout import NAME, ClusterLayout
from longshore_cli.cluster.node import PUBLISHED_NODE, Tools
from longshore_cli.cluster.shell import run

_CGROUP_V2 = Path("/sys/fs/cgroup/cgroup.controllers")
_WAIT = "180s"
_GOING = {"dead", "removing"}


def exists(tools: Tools) -> bool:
    """Whether kind has the cluster."""
    listed = run([tools.kind, "get", "clusters"], what="kind does not list its clusters")
    return NAME in listed.split()


def is_half_removed() -> bool:
    """Whether a removal of the cluster was broken off: it can be neither used nor started, only removed."""
    fields = '{{.State}} {{.Label "io.x-k8s.kind.role"}}'
    words = ["docker", "ps", "--all", "--filter", f"label=io.x-k8s.kind.cluster={NAME}", "--format", fields]
    return removal_began(run(words, what="The cluster's nodes cannot be listed").splitlines())


def removal_began(nodes: list[str]) -> bool:
    """Whether nodes are going, or the control plane is gone.

    Args:
        nodes: the state of each one's container, as Docker calls it, and its role, as kind does.
    """
    found = [node.split(" ") for node in nodes]
    return any(state in _GOING for state, _ in found) or all(role != "control-plane" for _, role in found)


def create(tools: Tools, layout: ClusterLayout, *, image: str) -> None:
    """Makes the cluster; its nodes are Ready then.

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
        what="The cluster cannot be made",
    )


def find(tools: Tools, layout: ClusterLayout) -> None:
    """Writes the kubeconfig of the cluster that is there; its nodes are started where the engine has stopped them.

    Raises:
        ClusterError: it does not answer.
    """
    nodes = run([tools.kind, "get", "nodes", "--name", NAME], what="The nodes cannot be listed").split()
    run(["docker", "start", *nodes], what="The cluster's nodes cannot be started")
    run(
        [tools.kind, "export", "kubeconfig", "--name", NAME, "--kubeconfig", layout.kubeconfig],
        what="The cluster's address cannot be had",
    )


def delete(tools: Tools) -> None:
    """Removes the cluster.

    Raises:
        ClusterError: kind fails.
    """
    run([tools.kind, "delete", "cluster", "--name", NAME], what="The cluster cannot be removed")


def configuration(base: dict[str, Any], *, published: bool, cgroup_v2: bool) -> dict[str, Any]:
    """kind's configuration for this machine.

    Args:
        base: the content of `kind-config.yaml`.
        published: whether the node's image is kind's own.
        cgroup_v2: whether the machine has it.
    """
    kubelet: dict[str, Any] = {}
    patches: list[dict[str, Any]] = []
    if not cgroup_v2:
        kubelet["failCgroupV1"] = False
    if not published:
        kubelet["cgroupDriver"] = "cgroupfs"
        # Programs that kubeadm looks for and does not need here (crictl) are not in our image.
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
