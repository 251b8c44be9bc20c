"""Which jars are brought where, from a cache that has them: no network."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[3] / "images" / "spark"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image with a jar in each of two tables, and a cache that has both."""
    (tmp_path / "bin").mkdir()
    shutil.copy(IMAGE / "bin/fetch-jars", tmp_path / "bin")
    pins = ""
    for table in ("jars", "s3"):
        content = f"of {table}".encode()
        sha256 = hashlib.sha256(content).hexdigest()
        cached = tmp_path / "cache/longshore/jars" / sha256 / f"{table}-lib-1.jar"
        cached.parent.mkdir(parents=True)
        cached.write_bytes(content)
        pins += f'[{table}]\n"org.example:{table}-lib:1" = "{sha256}"\n'
    (tmp_path / "jars.toml").write_text(pins)
    return tmp_path


def fetch_jars(image: Path, *tables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, image / "bin/fetch-jars", *tables],
        env=os.environ | {"XDG_CACHE_HOME": str(image / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def jars(image: Path) -> list[str]:
    return sorted(path.name for path in (image / ".jars").iterdir())


def test_the_tables_that_are_named_are_brought_and_jars_alone_where_none_is(image: Path) -> None:
    assert fetch_jars(image, "jars", "s3").returncode == 0
    assert jars(image) == ["jars-lib-1.jar", "s3-lib-1.jar"]
    assert fetch_jars(image).returncode == 0
    assert jars(image) == ["jars-lib-1.jar"]


def test_a_table_that_is_not_there_is_named_and_nothing_is_changed(image: Path) -> None:
    fetch_jars(image)
    done = fetch_jars(image, "jars", "gcs")
    assert done.returncode == 1
    assert "jars.toml has no table gcs; it has jars, s3." in done.stderr
    assert jars(image) == ["jars-lib-1.jar"]


def test_no_jar_is_pinned_twice() -> None:
    tables = tomllib.loads((IMAGE / "jars.toml").read_text())
    names = Counter(coordinate.rpartition(":")[0] for table in tables.values() for coordinate in table)
    assert [name for name, count in names.items() if count > 1] == []


def test_a_hadoop_file_system_is_of_the_version_that_spark_brings() -> None:
    pinned = [coordinate for coordinate in _s3() if coordinate.startswith("org.apache.hadoop:hadoop-aws:")]
    (client,) = IMAGE.glob(".venv/lib/python3.*/site-packages/pyspark/jars/hadoop-client-api-*.jar")
    assert [coordinate.rpartition(":")[2] for coordinate in pinned] == [client.stem.rpartition("-")[2]]


def test_all_modules_of_the_sdk_are_of_one_version() -> None:
    sdk = {coordinate.rpartition(":")[2] for coordinate in _s3() if coordinate.startswith("software.amazon.awssdk:")}
    assert len(sdk) == 1


def _s3() -> dict[str, str]:
    return dict(tomllib.loads((IMAGE / "jars.toml").read_text())["s3"])
