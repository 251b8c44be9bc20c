"""Programs that are built from Go modules where they cannot be had otherwise.

A folder with a `go.mod` pins the programs as its `tool`s; where they were built once, they are taken from the cache.
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

from longshore_cli.cluster.digests import digest, files
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.shell import run
from longshore_cli.embedded.platform import Say
from longshore_cli.exceptions import ClusterError

_VERSION = "1.26.8"
"""What is fetched where no Go is installed, or one that is older than this."""
_ENOUGH = (1, 21)
"""From here on Go fetches the toolchain that a go.mod names by itself."""


def build(
    layout: ClusterLayout,
    folder: str,
    packages: Sequence[str],
    say: Say,
    *,
    linker: str = "",
    apart: Iterable[str] = (),
) -> Path:
    """The folder in the cache with the programs of `packages`, built if they are not there.

    Args:
        folder: relative to the checkout; it has go.mod and go.sum.
        packages: import paths, or `./…` of the folder's own.
        linker: more of the linker's flags.
        apart: packages that cannot be loaded together with the others.

    Raises:
        ClusterError: Go is not to be had, or a package cannot be built.
    """
    source = layout.root / folder
    inputs = [path.relative_to(source).as_posix() for path in (*source.glob("go.*"), *source.glob("*/*.go"))]
    key = digest(files(source, inputs), *packages, linker, platform.machine())
    target = layout.cache / "go" / f"{source.name}-{key}"
    if target.is_dir():
        return target
    go = find_go(layout, say)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{source.name}-"))
    together = [package for package in packages if package not in set(apart)]
    groups = [group for group in (together, *([package] for package in apart)) if group]
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
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def program_name(package: str) -> str:
    """What `go build` calls the program of an import path."""
    *before, last = package.rstrip("/").split("/")
    return before[-1] if re.fullmatch(r"v\d+", last) else last


def find_go(layout: ClusterLayout, say: Say) -> str:
    """The program `go`: that of the path, or one that is fetched where there is none, or an old one.

    Raises:
        ClusterError: it cannot be fetched.
    """
    installed = shutil.which("go")
    if installed:
        said = re.search(r"go(\d+)\.(\d+)", run([installed, "version"], what="Go does not tell its version"))
        if said and (int(said[1]), int(said[2])) >= _ENOUGH:
            return installed
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"v0.0.1-go{_VERSION}.linux-{machine}"
    place = layout.cache / "go" / f"toolchain-{name}"
    if not place.is_dir():
        say(f"fetching Go {_VERSION}")
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
            f"Go cannot be fetched from {url} ({error}); install Go {_VERSION}, or its network."
        ) from error
