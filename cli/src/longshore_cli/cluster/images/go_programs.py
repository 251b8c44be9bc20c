"""Programs that are built from Go modules, where no other source has them.

A folder with a `go.mod` pins the programs as its `tool`s. Once built, they are taken from the cache.
"""

import os
import platform
import re
import shutil
import tempfile
import urllib.request
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.images.digests import digest, files
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

_VERSION = "1.26.8"
"""The version that is downloaded if Go is missing or older than `_ENOUGH`."""
_ENOUGH = (1, 21)
"""The first version that downloads the toolchain named in a go.mod by itself."""


def build(
    layout: ClusterLayout,
    folder: str,
    packages: Sequence[str],
    say: Say,
    *,
    linker: str = "",
    separately: Iterable[str] = (),
) -> Path:
    """Returns the folder in the cache with the programs of `packages`, which are built if they are missing.

    Args:
        folder: the folder with go.mod and go.sum, relative to the checkout.
        packages: import paths, or `./…` for packages of the folder.
        linker: more flags for the linker.
        separately: packages that cannot be loaded together with the others.

    Raises:
        ClusterError: Go is unavailable, or a package cannot be built.
    """
    source = layout.root / folder
    target = built(layout, folder, packages, linker=linker)
    if target.is_dir():
        return target
    go = find_go(layout, say)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{source.name}-"))
    together = [package for package in packages if package not in set(separately)]
    groups = [group for group in (together, *([package] for package in separately)) if group]
    try:
        for group in groups:
            names = ", ".join(program_name(package) for package in group)
            say(f"building {names} (once; minutes)")
            run(
                [go, "build", "-trimpath", "-ldflags", f"-s -w {linker}".strip(), "-o", f"{partial}/", *group],
                what=f"{names} cannot be built from {folder}/go.mod",
                environment=os.environ | {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false"},
                folder=source,
            )
        partial.chmod(0o755)
        try:
            partial.rename(target)
        except OSError:
            # Another process has built the same meanwhile.
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def built(layout: ClusterLayout, folder: str, packages: Sequence[str], *, linker: str = "") -> Path:
    """Returns the folder that `build` creates for the same arguments; it may not exist yet."""
    source = layout.root / folder
    inputs = [path.relative_to(source).as_posix() for path in (*source.glob("go.*"), *source.glob("*/*.go"))]
    key = digest(files(source, inputs), *packages, linker, platform.machine())
    return layout.cache / "go" / f"{source.name}-{key}"


def program_name(package: str) -> str:
    """Returns the name that `go build` gives to the program of an import path."""
    *before, last = package.rstrip("/").split("/")
    return before[-1] if re.fullmatch(r"v\d+", last) else last


def find_go(layout: ClusterLayout, say: Say) -> str:
    """Returns the program `go`: the one on the path, or a downloaded one if that is missing or too old.

    Raises:
        ClusterError: it cannot be downloaded.
    """
    installed = shutil.which("go")
    if installed:
        said = re.search(r"go(\d+)\.(\d+)", run([installed, "version"], what="The version of Go cannot be read"))
        if said and (int(said[1]), int(said[2])) >= _ENOUGH:
            return installed
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"v0.0.1-go{_VERSION}.linux-{machine}"
    place = layout.cache / "go" / f"toolchain-{name}"
    if not place.is_dir():
        say(f"downloading Go {_VERSION}")
        _fetch_toolchain(name, place)
    return str(place / "bin" / "go")


def _fetch_toolchain(name: str, place: Path) -> None:
    # Go's module proxy has the toolchains as modules. Source: Go, "Go Toolchains".
    url = f"https://proxy.golang.org/golang.org/toolchain/@v/{name}.zip"
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            archive = Path(folder) / "toolchain.zip"
            with urllib.request.urlopen(url, timeout=60) as answer, archive.open("wb") as file:
                shutil.copyfileobj(answer, file)
            with zipfile.ZipFile(archive) as content:
                content.extractall(folder)
            unpacked = Path(folder) / f"golang.org/toolchain@{name}"
            for program in (*unpacked.glob("bin/*"), *unpacked.glob("pkg/tool/*/*")):
                program.chmod(0o755)
            unpacked.rename(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise ClusterError(
            f"Go cannot be downloaded from {url} ({error}). Install Go {_VERSION}, or allow access to that address."
        ) from error
