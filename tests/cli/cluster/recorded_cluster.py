"""A stand-in for a cluster: it keeps what `kubectl` and `helm` write, and the history of each key."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.exceptions import ClusterError

READY = {
    "metadata": {"name": "all", "generation": 1},
    "spec": {"replicas": 1},
    "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1},
}
HELM = """#!/bin/sh
[ "$5" != list ] || { echo "[]"; exit; }
count=$(wc -l < "$0.calls")
[ "$count" != "$(cat "$0.fails_at" 2> /dev/null)" ] || { rm "$0.fails_at"; echo "interrupted" >&2; exit 1; }
while [ $# -gt 0 ]; do printf '%s\\t' "$1"; shift; done >> "$0.calls"
echo >> "$0.calls"
"""


@dataclass(frozen=True, kw_only=True)
class RecordedKubectl(Kubectl):
    """A Kubectl whose calls end in memory."""

    cluster: "RecordedCluster"

    def run(self, *words: str, what: str, given: str | None = None) -> str:  # noqa: ARG002  as Kubectl has it
        return self.cluster.call(words, given)


@dataclass
class RecordedCluster:
    """The values that were written, by key: `Secret airflow/airflow-users passwords.json`, `airflow image.tag`."""

    folder: Path
    objects: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    history: list[tuple[str, str]] = field(default_factory=list)
    """All writes, the oldest first: keys with values. Of `say`: the line, without a value."""
    fails_at: int | None = None
    """The write of kubectl that fails, counted from now."""
    _helm_calls: int = 0

    def __post_init__(self) -> None:
        (self.folder / "helm.calls").touch()
        (self.folder / "helm").write_text(HELM)
        (self.folder / "helm").chmod(0o755)

    @property
    def tools(self) -> Tools:
        return Tools(kind="kind", helm=str(self.folder / "helm"), kubectl="kubectl")

    @property
    def kubectl(self) -> RecordedKubectl:
        return RecordedKubectl(program="kubectl", kubeconfig=self.folder / "kubeconfig", cluster=self)

    def interrupt(self, *, kubectl: int | None = None, helm: int | None = None) -> None:
        """Lets one later write fail: that many are accepted before it. None: no write fails."""
        self.fails_at = kubectl
        place = self.folder / "helm.fails_at"
        place.unlink(missing_ok=True)
        if helm is not None:
            place.write_text(str(len(self._calls()) + helm))

    def say(self, line: str) -> None:
        self._read_helm()
        self.history.append((line, ""))

    def call(self, words: tuple[str, ...], given: str | None) -> str:
        self._read_helm()
        match words:
            case ["get", kind, name, "-n", namespace, "--ignore-not-found", "-o", "json"]:
                found = self.objects.get((kind, namespace, name))
                return json.dumps(found) if found else ""
            case ["get", "deployments,statefulsets", *_]:
                return json.dumps({"items": [READY]})
            case ["apply", *_]:
                self._count()
                for each in json.loads(given or "")["items"]:
                    self._apply(each)
                return ""
            case ["-n", namespace, "annotate", "pods", *_]:
                self._count()
                self.history.append((f"annotation {namespace}", words[-1]))
                return ""
        raise AssertionError(words)

    def values(self) -> dict[str, list[str]]:
        """The values of each key, one after another, without repetitions."""
        self._read_helm()
        found: dict[str, list[str]] = {}
        for key, value in self.history:
            values = found.setdefault(key, [])
            if values[-1:] != [value]:
                values.append(value)
        return found

    def _count(self) -> None:
        if self.fails_at is not None:
            self.fails_at -= 1
            if self.fails_at < 0:
                self.fails_at = None
                raise ClusterError("interrupted")

    def _apply(self, manifest: dict[str, Any]) -> None:
        kind, metadata = manifest["kind"], manifest["metadata"]
        namespace = metadata.get("namespace", "")
        where = f"{kind} {namespace}/{metadata['name']}"
        data = manifest.get("stringData", {})
        stored = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
        self.objects[kind.lower(), namespace, metadata["name"]] = manifest | {"data": stored}
        self.history += [(f"{where} {key}", value) for key, value in data.items()]
        self.history.append((f"{where} labels", json.dumps(metadata.get("labels"))))

    def _calls(self) -> list[str]:
        return (self.folder / "helm.calls").read_text().splitlines()

    def _read_helm(self) -> None:
        for call in self._calls()[self._helm_calls :]:
            self._helm_calls += 1
            words = call.split("\t")
            chart, options = words[words.index("--install") + 1], words[words.index("--values") + 2 :]
            for pair in options[1::2]:
                key, _, value = pair.partition("=")
                self.history.append((f"{chart} {key}", value))
