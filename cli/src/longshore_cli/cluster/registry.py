"""The local registry: images are pushed once, and every node pulls the layers that it lacks.

Source: kind, "Local Registry". Images are called `localhost:5001/longshore/<image>:<tag>`, for the engine and in pods.
"""

import urllib.error
import urllib.request

from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.node import Tools, registry_image
from longshore_cli.cluster.shell import run, succeeds
from longshore_cli.cluster.waiting import wait_until
from longshore_cli.embedded.platform import Say
from longshore_cli.exceptions import ClusterError

_NAME = "longshore-registry"
_PORT = 5001
HOST = f"localhost:{_PORT}"
_MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"


def ensure_registry(layout: ClusterLayout, say: Say) -> None:
    """Returns when the registry answers; its content is kept in a volume of the engine.

    Raises:
        ClusterError: it does not start.
    """
    if not succeeds(["docker", "start", _NAME]):
        say("starting the local registry")
        settings = {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/registry", "REGISTRY_HTTP_ADDR": ":5000"}
        settings["OTEL_TRACES_EXPORTER"] = "none"
        image = registry_image(layout, say)
        ours = not image.startswith("registry:")
        configuration = layout.root / "images" / "kind-node" / "files" / "registry.yaml"
        run(
            [
                *("docker", "create", "--name", _NAME, "--restart", "unless-stopped"),
                *("--publish", f"127.0.0.1:{_PORT}:5000", "--volume", f"{_NAME}:/var/lib/registry"),
                *(word for name, value in settings.items() for word in ("--env", f"{name}={value}")),
                *([image, "serve", "/registry.yaml"] if ours else [image]),
            ],
            what="The local registry cannot be made",
        )
        if ours:
            run(["docker", "cp", configuration, f"{_NAME}:/registry.yaml"], what="The local registry cannot be set up")
        run(["docker", "start", _NAME], what="The local registry cannot be started")
    if not wait_until(lambda: _answers("") is not None, seconds=30):
        raise ClusterError(f"The local registry does not answer at {HOST}; see `docker logs {_NAME}`.")


def remove_registry() -> None:
    """Removes the container; the volume with the images stays."""
    succeeds(["docker", "rm", "--force", _NAME])


def in_registry(image: str) -> bool:
    """Whether the registry has the image, called by its whole name."""
    repository, _, tag = image.removeprefix(f"{HOST}/").rpartition(":")
    return _answers(f"{repository}/manifests/{tag}") == 200


def connect_registry(tools: Tools, name: str) -> None:
    """Tells every node of the cluster `name` where images of `localhost:5001` are.

    Raises:
        ClusterError: a node or the network refuses.
    """
    if not succeeds(["docker", "network", "connect", "kind", _NAME]):
        attached = run(["docker", "inspect", "-f", "{{json .NetworkSettings.Networks}}", _NAME], what="The registry")
        if '"kind"' not in attached:
            raise ClusterError(f"The registry cannot be connected to kind's network; see `docker inspect {_NAME}`.")
    hosts = f'[host."http://{_NAME}:5000"]\n'.encode()
    folder = f"/etc/containerd/certs.d/{HOST}"
    for node in run([tools.kind, "get", "nodes", "--name", name], what="The nodes cannot be listed").split():
        run(
            ["docker", "exec", "-i", node, "sh", "-c", f"mkdir -p {folder} && cat > {folder}/hosts.toml"],
            what=f"The node {node!r} cannot be told of the registry",
            input=hosts,
        )


def _answers(path: str) -> int | None:
    request = urllib.request.Request(f"http://{HOST}/v2/{path}", method="HEAD", headers={"Accept": _MANIFESTS})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  a loopback address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
