"""Changes to Spark's jars before their classes are archived: signatures, and the registration of MLlib's functions."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"
JARS = ".venv/lib/python3.11/site-packages/pyspark/jars"
PROVIDERS = "META-INF/services/org.apache.spark.sql.SparkSessionExtensionsProvider"
SIGNATURE = {"META-INF/DUMMY.SF": "Signature-Version: 1.0", "META-INF/DUMMY.DSA": "a signature"}
CONTENT = {"META-INF/MANIFEST.MF": "Manifest-Version: 1.0", "org/x/A.class": "a class", "META-INF/x/not.SF": "text"}


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image with its script, and without jars."""
    (tmp_path / "bin").mkdir()
    shutil.copy(IMAGE / "bin/prepare-jars", tmp_path / "bin")
    (tmp_path / JARS).mkdir(parents=True)
    return tmp_path


def jar(image: Path, name: str, content: dict[str, str]) -> Path:
    path = image / JARS / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, text in content.items():
            file.writestr(entry, text)
    os.utime(path, (0, 0))
    return path


def content(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name).decode() for name in file.namelist()}


def prepare_jars(image: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, image / "bin/prepare-jars"], capture_output=True, text=True, check=False)


def test_a_signature_is_taken_out_and_nothing_else(image: Path) -> None:
    path = jar(image, "janino.jar", SIGNATURE | CONTENT)
    shared = image / "cache.jar"
    os.link(path, shared)
    assert prepare_jars(image).returncode == 0
    assert content(path) == CONTENT
    assert path.stat().st_mtime == 0  # an archive of classes knows the jar by it
    # uv's cache, and so every other checkout, keeps its own.
    assert content(shared) == SIGNATURE | CONTENT
    assert [each.name for each in path.parent.iterdir()] == ["janino.jar"]


def test_mllibs_functions_are_registered_by_our_class(image: Path) -> None:
    notice = "# a licence\n"
    path = jar(image, "spark-mllib.jar", {PROVIDERS: f"{notice}org.apache.spark.sql.ml.InternalFunctionRegistration\n"})
    assert prepare_jars(image).returncode == 0
    written = content(path)[PROVIDERS]
    assert [line for line in written.splitlines() if not line.startswith("#")] == ["dev.longshore.spark.MlFunctions"]
    assert written.startswith(notice)
    assert "# Changed by Longshore" in written


@pytest.mark.parametrize("entries", [CONTENT, {PROVIDERS: "org.example.Extension\n"}])
def test_any_other_jar_is_left_alone(image: Path, entries: dict[str, str]) -> None:
    path = jar(image, "x.jar", entries)
    before = path.stat()
    assert prepare_jars(image).returncode == 0
    assert (path.stat().st_ino, path.stat().st_mtime) == (before.st_ino, before.st_mtime)


def test_a_prepared_jar_is_left_alone(image: Path) -> None:
    path = jar(image, "janino.jar", SIGNATURE | CONTENT)
    assert prepare_jars(image).returncode == 0
    prepared = path.stat().st_ino
    assert prepare_jars(image).returncode == 0
    assert path.stat().st_ino == prepared


def test_a_jar_that_cannot_be_read_is_named_and_stays_as_it_was(image: Path) -> None:
    path = image / JARS / "broken.jar"
    path.write_text("no jar")
    done = prepare_jars(image)
    assert done.returncode == 1
    assert f"{str(path)!r} cannot be prepared: File is not a zip file" in done.stderr
    assert path.read_text() == "no jar"


def test_the_jars_of_this_checkout_are_prepared() -> None:
    janino, mllib = (next(IMAGE.glob(f"{JARS}/{name}*.jar")) for name in ("janino-", "spark-mllib_"))
    with zipfile.ZipFile(janino) as file:
        assert [name for name in file.namelist() if name.endswith((".SF", ".DSA"))] == []
    with zipfile.ZipFile(mllib) as file:
        assert "\ndev.longshore.spark.MlFunctions\n" in file.read(PROVIDERS).decode()
