"""The platform's images: each built from its Containerfile, tagged with the digest of its inputs, and pushed once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine import docker
from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.images.base_image import BASE, ensure_base
from longshore_cli.cluster.images.digests import digest, files
from longshore_cli.cluster.images.registry import HOST, in_registry
from longshore_cli.cluster.layout import ClusterLayout

_LOCK = (
    *("pyproject.toml", "uv.lock", "cli/pyproject.toml", "libs", "operators/pyproject.toml"),
    *(f"images/{name}/pyproject.toml" for name in ("airflow", "airflow/page", "emr-containers", "environments")),
)
"""The files that `uv sync` reads, no matter for which package, and the package that all of them share."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image and its inputs."""

    name: str
    inputs: tuple[str, ...]
    """Files and folders of the checkout besides `images/<name>`, no more than the build copies: a change in any of them
    replaces the image's pods."""
    programs: tuple[str, ...] = ()
    """Go packages that are pinned in `images/<name>/go.mod`; the build finds the programs in `build/bin` next to it."""


IMAGES = (
    Image(name="postgres", inputs=()),
    Image(name="git", inputs=()),
    Image(name="s3", inputs=(), programs=("github.com/versity/versitygw/cmd/versitygw",)),
    Image(name="emr-containers", inputs=_LOCK),
    Image(name="airflow", inputs=(*_LOCK, "operators", "helm/environments/spec.yaml")),
    Image(name="environments", inputs=(*_LOCK, "helm/airflow"), programs=("helm.sh/helm/v4/cmd/helm",)),
    Image(name="gateway", inputs=()),
    Image(name="spark", inputs=()),
    Image(name="delay-report", inputs=()),
)


def publish_images(layout: ClusterLayout, say: Say) -> dict[str, str]:
    """Builds and pushes the images that the registry does not have.

    Returns:
        Tags by image.

    Raises:
        ClusterError: one cannot be built or pushed.
    """
    # Two at a time: one waits for the network while the other compiles.
    with ThreadPoolExecutor(max_workers=2) as pool:
        tags = pool.map(lambda image: publish(layout, image, say), IMAGES)
        return {image.name: tag for image, tag in zip(IMAGES, tags, strict=True)}


def publish(layout: ClusterLayout, image: Image, say: Say) -> str:
    """Builds and pushes the image unless the registry has it. Returns its tag.

    Raises:
        ClusterError: it cannot be built or pushed.
    """
    folder = f"images/{image.name}"
    context = list(files(layout.root, [folder, *image.inputs]))
    tag = digest(context, BASE, *image.programs)
    name = f"{HOST}/longshore/{image.name}:{tag}"
    if in_registry(name):
        return tag
    if not docker.has_image(name):
        ensure_base(say)
        if image.programs:
            built = go_programs.build(layout, folder, image.programs, say)
            context += [(f"{folder}/build/bin/{path.name}", path) for path in sorted(Path(built).iterdir())]
        say(f"building the image {image.name}")
        docker.build(name, containerfile=f"{folder}/Containerfile", context=context)
    docker.push(name)
    say(f"image {image.name}:{tag}")
    return tag
