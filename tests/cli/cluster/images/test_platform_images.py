from pathlib import Path

import pytest
from longshore_cli.cluster.charts import observability
from longshore_cli.cluster.images import platform_images
from longshore_cli.cluster.images.digests import files
from longshore_cli.cluster.images.platform_images import Image

ROOT = Path(__file__).parents[4]
IMAGES = (*platform_images.IMAGES, *observability.IMAGES)


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_an_image_is_built_from_files_that_are_there(image: Image) -> None:
    context = dict(files(ROOT, [f"images/{image.name}", *image.inputs]))
    containerfile = context[f"images/{image.name}/Containerfile"].read_text()
    made = f"images/{image.name}/build/bin/"
    for line in containerfile.splitlines():
        words = [word for word in line.split() if not word.startswith("--")]
        if words[:1] == ["COPY"] and "--from" not in line:
            for source in words[1:-1]:
                source = source.rstrip("/")
                there = any(name == source or name.startswith(f"{source}/") for name in context)
                assert there or (image.programs and f"{source}/".startswith(made)), f"{source} is not in the context"


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_no_pod_is_replaced_for_a_file_that_its_image_does_not_have(image: Image) -> None:
    lines = (ROOT / "images" / image.name / "Containerfile").read_text().splitlines()
    copied = {word.rstrip("/") for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]}
    inputs = [name for name, _ in files(ROOT, image.inputs)]
    # A project's folder is copied by its parts.
    unused = [name for name in inputs if not any(name == each or name.startswith(f"{each}/") for each in copied)]
    assert unused == []


def test_every_image_with_a_containerfile_is_built() -> None:
    folders = {path.parent.name for path in (ROOT / "images").glob("*/Containerfile")}
    assert folders - {"kind-node"} == {image.name for image in IMAGES}


@pytest.mark.parametrize("path", sorted((ROOT / "images").glob("*/Containerfile")), ids=lambda path: path.parent.name)
def test_images_start_from_one_base_and_run_as_nobody_special(path: Path) -> None:
    text = path.read_text()
    bases = [line.split()[1] for line in text.splitlines() if line.startswith("FROM ")]
    stages = {line.split()[3] for line in text.splitlines() if line.startswith("FROM ") and " AS " in line}
    assert {base for base in bases if base not in stages} == {"debian:bookworm-slim"}
    if path.parent.name != "kind-node":  # a node is a machine
        assert any(line.startswith("USER ") and line.split()[1] not in ("0", "root") for line in text.splitlines())
        assert "org.opencontainers.image.title" in text
