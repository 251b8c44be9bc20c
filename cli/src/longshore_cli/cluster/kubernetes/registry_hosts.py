"""The nodes' configuration for the local registry. Source: kind, "Local Registry"."""

from longshore_cli.base.programs import run, succeeds
from longshore_cli.cluster.images.registry import CONTAINER, HOST
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.exceptions import ClusterError


def connect_registry(tools: Tools, name: str) -> None:
    """Configures every node of the cluster `name` to pull images of `localhost:5001` from the registry.

    Raises:
        ClusterError: a node or the network refuses.
    """
    if not succeeds(["docker", "network", "connect", "kind", CONTAINER]):
        attached = run(
            ["docker", "inspect", "-f", "{{json .NetworkSettings.Networks}}", CONTAINER], what="The registry"
        )
        if '"kind"' not in attached:
            raise ClusterError(f"The registry cannot be connected to kind's network. See `docker inspect {CONTAINER}`.")
    hosts = f'[host."http://{CONTAINER}:5000"]\n'.encode()
    folder = f"/etc/containerd/certs.d/{HOST}"
    for node in run([tools.kind, "get", "nodes", "--name", name], what="The nodes cannot be listed").split():
        run(
            # In one step: containerd may read it at any time, since pods start on a cluster in use.
            [
                "docker",
                "exec",
                "-i",
                node,
                "sh",
                "-c",
                f"mkdir -p {folder} && cd {folder} && cat > new && mv new hosts.toml",
            ],
            what=f"The node {node!r} cannot be configured for the registry",
            input=hosts,
        )
