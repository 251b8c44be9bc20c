"""Runs the tests of a tier: `python tests/tier.py NAME [pytest's arguments]`, with a name of `tests/tiers.toml`.

Two workers share the files of tests, so that one computes while another waits. Files that share an expensive fixture
go to one worker, by the marker `xdist_group`. The last line says how many minutes it took.
"""

import os
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from minutes import last_line

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
"""More would only wait for each other: Spark and Airflow keep two cores busy, and each worker takes 1 to 3 GiB."""


@dataclass(frozen=True)
class Tier:
    """A set of folders of tests, relative to the checkout."""

    folders: list[str]
    minutes: int
    """Minutes on two cores with all packages and images cached."""
    without: list[str] = field(default_factory=list)
    """Folders below them that are left out."""
    environment: dict[str, str] = field(default_factory=dict)

    def has(self, path: str) -> bool:
        """Returns whether the file is one of the tier's tests."""
        return _below(path, self.folders) and not _below(path, self.without)


def tiers() -> dict[str, Tier]:
    """All tiers, by name."""
    table = tomllib.loads((ROOT / "tests" / "tiers.toml").read_text())
    return {name: Tier(**content) for name, content in table.items()}


def command(tier: Tier) -> list[str]:
    """pytest's arguments."""
    ignored = [f"--ignore={folder}" for folder in tier.without]
    return [*tier.folders, *ignored, f"--numprocesses={WORKERS}", "--dist=loadgroup", "--durations=40"]


def main(name: str, *arguments: str) -> int:
    """Runs the tier; returns pytest's exit status."""
    tier = tiers()[name]
    started = time.monotonic()
    pytest = [sys.executable, "-m", "pytest", *command(tier), *arguments]
    status = subprocess.run(pytest, cwd=ROOT, env=os.environ | tier.environment, check=False).returncode
    print(last_line(f"make {name}", seconds=time.monotonic() - started), flush=True)  # noqa: T201
    return status


def _below(path: str, folders: list[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
