"""A function that the charts' tests share: `helm template`, from a chart and values to manifests."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Helm:
    """One helm program."""

    program: str

    def template(
        self,
        chart: Path,
        *,
        namespace: str,
        values: Sequence[Path] = (),
        sets: Sequence[str] = (),
        more: Sequence[str] = (),
    ) -> list[Manifest]:
        """The manifests of the chart, hooks too; `sets` are `key=value`, `more` are further arguments.

        Raises:
            AssertionError: helm refuses them; the message is helm's.
        """
        done = self._run("template", chart, namespace, values, sets, more)
        assert done.returncode == 0, done.stderr
        return [manifest for manifest in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if manifest]

    def refusal(self, chart: Path, *, namespace: str, values: Sequence[Path] = (), sets: Sequence[str] = ()) -> str:
        """Returns helm's message when it refuses the values.

        Raises:
            AssertionError: it does not refuse them.
        """
        done = self._run("template", chart, namespace, values, sets, ())
        assert done.returncode != 0, "helm takes these values"
        return done.stderr

    def try_template(
        self, chart: Path, *, namespace: str, values: Sequence[Path] = (), sets: Sequence[str] = ()
    ) -> str | None:
        """Returns helm's message when it refuses the values, None when it renders them."""
        done = self._run("template", chart, namespace, values, sets, ())
        return done.stderr if done.returncode else None

    def lint(self, chart: Path, *, values: Sequence[Path] = (), sets: Sequence[str] = ()) -> str:
        """Returns the output of `helm lint --strict`.

        Raises:
            AssertionError: it finds something.
        """
        done = self._helm("lint", "--strict", str(chart), *_options(values, sets))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _run(
        self,
        command: str,
        chart: Path,
        namespace: str,
        values: Sequence[Path],
        sets: Sequence[str],
        more: Sequence[str],
    ) -> subprocess.CompletedProcess[str]:
        return self._helm(command, chart.name, str(chart), f"--namespace={namespace}", *_options(values, sets), *more)

    def _helm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def _options(values: Sequence[Path], sets: Sequence[str]) -> list[str]:
    return [*(f"--values={path}" for path in values), *(f"--set={pair}" for pair in sets)]


def by_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """The manifests of one kind, by `namespace/name` (`name` alone where the manifest says no namespace)."""
    return {
        "/".join(part for part in (item["metadata"].get("namespace"), item["metadata"]["name"]) if part): item
        for item in manifests
        if item["kind"] == kind
    }
