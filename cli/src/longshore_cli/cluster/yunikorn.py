"""YuniKorn on the local cluster: where its image can be had, and what its placeholders are made of.

Its image is published, and not built here: where there is neither network nor engine with it, the cluster does without.
"""

import re
from collections.abc import Iterable

from longshore_cli.cluster import docker
from longshore_cli.cluster.layout import NAME
from longshore_cli.cluster.node import Tools
from longshore_cli.cluster.registry import HOST, in_registry
from longshore_cli.cluster.releases import Settings
from longshore_cli.cluster.shell import run
from longshore_cli.embedded.platform import Say

IMAGE = "apache/yunikorn:scheduler-1.9.0"
"""What the chart names by default."""
_PULL_SECONDS = 120.0
"""It is small. Where nothing can be reached, an engine may try for as long as it is let."""
_PAUSE = re.compile(r"(?P<registry>[^/@]+)/(?P<repository>(?:[^@:]+/)?pause):(?P<tag>[^@:]+)")


def publish(say: Say) -> bool:
    """Whether the local registry has the scheduler's image, pulled and pushed if need be; says so where it has not.

    Raises:
        ClusterError: the registry refuses it.
    """
    name = f"{HOST}/{IMAGE}"
    if not docker.has_image(IMAGE) and in_registry(name):
        return True
    if not docker.pull(IMAGE, seconds=_PULL_SECONDS):
        say(
            f"YuniKorn is not installed: its image {IMAGE!r} can neither be pulled nor is it in the engine; jobs run "
            "under the default scheduler."
        )
        return False
    docker.tag(IMAGE, name)
    docker.push(name)
    say(f"image {IMAGE}")
    return True


def settings(tools: Tools) -> Settings:
    """Values of the chart: the scheduler from the local registry, placeholders from an image that every node has.

    Raises:
        ClusterError: the nodes cannot be asked.
    """
    node, *_ = run([tools.kind, "get", "nodes", "--name", NAME], what="The nodes cannot be listed").split()
    listed = run(
        ["docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet"],
        what=f"The images of the node {node!r} cannot be listed",
    )
    return {"scheduler.image.registry": HOST, **placeholder_settings(listed.split())}


def placeholder_settings(names: Iterable[str]) -> dict[str, str]:
    """The values that name the placeholders' image: the one in which the kubelet keeps a pod's namespaces. Pure.

    Args:
        names: of a node's images, as containerd lists them.

    Returns:
        Nothing where there is none: then the chart's own is pulled.
    """
    found = next(filter(None, map(_PAUSE.fullmatch, names)), None)
    return {f"placeholders.image.{key}": value for key, value in found.groupdict().items()} if found else {}
