"""Images of the Docker engine: looked up, pulled, built, saved and pushed."""

import io
import json
import os
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from longshore_cli.base.programs import run, succeeds

_PULL_SECONDS = 600.0


def has_image(name: str) -> bool:
    """Returns true if the engine has the image."""
    return succeeds(["docker", "image", "inspect", name])


def pull(name: str, *, seconds: float = _PULL_SECONDS) -> bool:
    """Pulls the image if the engine does not have it. Returns false if that fails or takes longer than `seconds`."""
    return has_image(name) or succeeds(["docker", "pull", "--quiet", name], timeout=seconds)


def tag(name: str, other: str) -> None:
    """Gives the image a second name.

    Raises:
        ClusterError: the engine refuses.
    """
    run(["docker", "tag", name, other], what=f"The image {name!r} cannot be tagged as {other!r}")


def build(name: str, *, containerfile: str, context: Iterable[tuple[str, Path]], target: str = "") -> None:
    """Builds an image from exactly the files of `context`: their names for the Containerfile, and their paths.

    Raises:
        ClusterError: the build fails.
    """
    stage = ["--target", target] if target else []
    run(
        ["docker", "build", "--quiet", "--tag", name, "--file", containerfile, *stage, "-"],
        what=f"The image {name!r} cannot be built from {containerfile}",
        input=archive(context),
        environment=_environment(),
    )


def import_program(name: str, program: Path, *, called: str) -> None:
    """Creates an image of one static program, `/usr/local/bin/<called>`.

    Raises:
        ClusterError: the engine refuses.
    """
    place = f"/usr/local/bin/{called}"
    changes = ["ENV PATH=/usr/local/bin", f"ENTRYPOINT {json.dumps([place])}"]
    words = [word for change in changes for word in ("--change", change)]
    run(
        ["docker", "import", *words, "-", name],
        what=f"The image {name!r} cannot be created",
        input=archive([(place.lstrip("/"), program)]),
    )


def save(names: Iterable[str], path: Path) -> None:
    """Writes the images to a tar file, with shared layers only once.

    Raises:
        ClusterError: the engine refuses.
    """
    run(["docker", "save", "--output", path, *names], what="The node's images cannot be saved")


def push(name: str) -> None:
    """Pushes the image to its registry.

    Raises:
        ClusterError: the registry refuses, or does not answer.
    """
    run(["docker", "push", "--quiet", name], what=f"The image {name!r} cannot be pushed")


def _environment() -> Mapping[str, str]:
    # Docker without its buildx plugin has only the older builder, which must be selected.
    return os.environ | ({} if succeeds(["docker", "buildx", "version"]) else {"DOCKER_BUILDKIT": "0"})


def archive(files: Iterable[tuple[str, Path]]) -> bytes:
    """Returns a tar of the files. Their times and owners do not change it, so that the engine reuses its layers."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, path in files:
            entry = archive.gettarinfo(path, arcname=name)
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            entry.mtime = 0
            entry.mode = 0o755 if entry.mode & 0o100 else 0o644
            if entry.isreg():
                with path.open("rb") as content:
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)
    return buffer.getvalue()
