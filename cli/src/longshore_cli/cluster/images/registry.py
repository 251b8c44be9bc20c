"""The local registry: images are pushed once, and every node pulls the layers that it does not have.

Source: kind, "Local Registry". Images have the name `localhost:5001/longshore/<image>:<tag>` in the engine and in pods.
"""

import urllib.error
import urllib.request

from longshore_libs.retries import poll, polling

from longshore_cli.base.programs import run, succeeds
from longshore_cli.base.progress import Say
from longshore_cli.cluster.images.registry_image import registry_image
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

CONTAINER = "longshore-registry"
_PORT = 5001
HOST = f"localhost:{_PORT}"
_MANIFESTS = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"


def ensure_registry(layout: ClusterLayout, say: Say) -> None:
    """Starts the registry if necessary, and waits until it answers. A volume of the engine keeps its content.

    Raises:
        ClusterError: the registry does not start.
    """
    if not succeeds(["docker", "start", CONTAINER]):
        say("starting the local registry")
        settings = {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/registry", "REGISTRY_HTTP_ADDR": ":5000"}
        settings["OTEL_TRACES_EXPORTER"] = "none"
        image = registry_image(layout, say)
        ours = not image.startswith("registry:")
        configuration = layout.root / "images" / "kind-node" / "files" / "registry.yaml"
        run(
            [
                *("docker", "create", "--name", CONTAINER, "--restart", "unless-stopped"),
                *("--publish", f"127.0.0.1:{_PORT}:5000", "--volume", f"{CONTAINER}:/var/lib/registry"),
                *(word for name, value in settings.items() for word in ("--env", f"{name}={value}")),
                *([image, "serve", "/registry.yaml"] if ours else [image]),
            ],
            what="The local registry cannot be created",
        )
        if ours:
            run(
                ["docker", "cp", configuration, f"{CONTAINER}:/registry.yaml"],
                what="The local registry cannot be set up",
            )
        run(["docker", "start", CONTAINER], what="The local registry cannot be started")
    if not poll(lambda: _answers("") is not None, waits=polling(30, every=0.5)):
        raise ClusterError(f"The local registry does not answer at {HOST}. See `docker logs {CONTAINER}`.")


def remove_registry() -> None:
    """Removes the container; the volume with the images stays."""
    succeeds(["docker", "rm", "--force", CONTAINER])


def in_registry(image: str) -> bool:
    """Returns true if the registry has the image with this full name."""
    repository, _, tag = image.removeprefix(f"{HOST}/").rpartition(":")
    return _answers(f"{repository}/manifests/{tag}") == 200


def _answers(path: str) -> int | None:
    request = urllib.request.Request(f"http://{HOST}/v2/{path}", method="HEAD", headers={"Accept": _MANIFESTS})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  a loopback address
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None
