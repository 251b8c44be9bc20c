"""YuniKorn on the local cluster: the source of its image, and the image of its placeholders.

Its image is published and not built here. Without a network, or an engine that has it, the cluster does without.
"""

import re
from collections.abc import Iterable

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.charts.releases import Settings
from longshore_cli.cluster.engine import docker
from longshore_cli.cluster.images.registry import HOST, in_registry
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.cluster.layout import NAME

IMAGE = "apache/yunikorn:scheduler-1.9.0"
"""The chart's default image."""
_PULL_SECONDS = 120.0
"""The image is small. Without a network, an engine may retry for as long as it may."""
_PAUSE = re.compile(r"(?P<registry>[^/@]+)/(?P<repository>(?:[^@:]+/)?pause):(?P<tag>[^@:]+)")


def publish(say: Say) -> bool:
    """Brings the scheduler's image to the local registry. Returns false if it is unavailable.

    Raises:
        ClusterError: the registry refuses the image.
    """
    name = f"{HOST}/{IMAGE}"
    if not docker.has_image(IMAGE) and in_registry(name):
        return True
    if not docker.pull(IMAGE, seconds=_PULL_SECONDS):
        say(
            f"YuniKorn is not installed, because its image {IMAGE!r} can be found neither in the engine nor in its "
            "registry. Jobs run under the default scheduler."
        )
        return False
    docker.tag(IMAGE, name)
    docker.push(name)
    say(f"image {IMAGE}")
    return True


def settings(tools: Tools) -> Settings:
    """Returns values of the chart: the scheduler from the local registry, placeholders from an image of every node.

    Raises:
        ClusterError: the nodes cannot be read.
    """
    node, *_ = run([tools.kind, "get", "nodes", "--name", NAME], what="The nodes cannot be listed").split()
    listed = run(
        ["docker", "exec", node, "ctr", "--namespace", "k8s.io", "images", "list", "--quiet"],
        what=f"The images of the node {node!r} cannot be listed",
    )
    return {"scheduler.image.registry": HOST, **placeholder_settings(listed.split())}


def placeholder_settings(names: Iterable[str]) -> dict[str, str]:
    """Returns the values that name the placeholders' image: the kubelet's pause image. Pure.

    Args:
        names: the names of a node's images, from containerd.

    Returns:
        Nothing if there is none; then the chart's default is pulled.
    """
    found = next(filter(None, map(_PAUSE.fullmatch, names)), None)
    return {f"placeholders.image.{key}": value for key, value in found.groupdict().items()} if found else {}
