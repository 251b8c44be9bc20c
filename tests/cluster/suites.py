"""The order of the suites in `suites.toml`, some of which have no time to run in continuous integration.

`.ci/run` says until when its tests may take (LONGSHORE_DEADLINE, seconds since the epoch). What fits is chosen before
the first test: suites that the commits of the last day touch, then the others, each hour another one first, `secrets`
last. The chosen suites of `alone/` run after those of `beside/`.
"""

import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
LAST = "secrets"
OUT_OF_TIME = "for want of time: see tests/cluster/suites.toml"
"""Why tests are left out, and counted."""


@dataclass(frozen=True)
class Suite:
    """Files of tests that share what is expensive."""

    files: list[str]
    """Below `tests/cluster`."""
    minutes: float
    """Minutes on two cores."""
    of: list[str]
    """Files and folders, relative to the checkout: a change of them is what these tests look at."""

    def touched(self, changed: Iterable[str]) -> bool:
        """True if a changed file is one of its tests, or belongs to what they look at."""
        own = [f"tests/cluster/{file}" for file in self.files]
        return any(Path(path).is_relative_to(place) for path in changed for place in (*self.of, *own))


def suites() -> dict[str, Suite]:
    """All suites, by name, in the table's order."""
    return {name: Suite(**content) for name, content in tomllib.loads((HERE / "suites.toml").read_text()).items()}


def in_order(table: dict[str, Suite], changed: Iterable[str], turn: int) -> list[str]:
    """The suites' names: those that are touched, then the others, both in turn; LAST looks at what all others leave.

    Args:
        changed: files, relative to the checkout.
        turn: a number that grows with time.
    """
    changed = list(changed)
    first = [name for name, suite in table.items() if name != LAST and suite.touched(changed)]
    others = [name for name in table if name not in (*first, LAST)]
    return [*_turned(first, turn), *_turned(others, turn), LAST]


def fitting(table: dict[str, Suite], order: Iterable[str], minutes: float) -> set[str]:
    """The names of the suites that fit into so many minutes, taken in this order."""
    chosen = set()
    for name in order:
        if table[name].minutes <= minutes:
            minutes -= table[name].minutes
            chosen.add(name)
    return chosen


def changed_lately(root: Path) -> tuple[list[str], int]:
    """The files that the commits of HEAD's last 24 hours have changed, and HEAD's hour, counted from 1970.

    Raises:
        subprocess.CalledProcessError: git cannot say.
    """
    second = int(_git(root, "log", "-1", "--format=%ct"))
    names = _git(root, "log", f"--since={second - 24 * 3600}", "--name-only", "--format=")
    return sorted(set(names.split("\n")) - {""}), second // 3600


def _turned(names: list[str], turn: int) -> list[str]:
    start = turn % len(names) if names else 0
    return names[start:] + names[:start]


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
