"""A chart of the cluster's with other values, for the time of a test."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from longshore_cli.cluster import secrets
from longshore_cli.cluster.releases import wait_ready
from longshore_cli.cluster.shell import run

from .parts import ROOT, Cluster

_FORCE = "--force-conflicts"
"""Also where somebody has changed an object by hand."""


def values_of(cluster: Cluster, chart: str, *, namespace: str) -> dict[str, Any]:
    """All values that the chart was installed with, its own defaults among them."""
    words = ("get", "values", chart, "--all", "--output", "json")
    return dict(json.loads(_helm(cluster, *words, namespace=namespace)))


@contextmanager
def chart_values(
    cluster: Cluster, values: Mapping[str, Any], *, chart: str = "longshore", namespace: str = secrets.PLATFORM
) -> Iterator[None]:
    """Upgrades a chart to these values beside those that it has, and puts the revision before back afterwards."""
    before = json.loads(_helm(cluster, "status", chart, "--output", "json", namespace=namespace))["version"]
    folder: Path = ROOT / "helm" / chart
    try:
        _helm(
            *(cluster, "upgrade", chart, str(folder), "--reuse-values", "--values", "-", _FORCE),
            namespace=namespace,
            given=json.dumps(values),
        )
        _ready(cluster, namespace)
        yield
    finally:
        _helm(cluster, "rollback", chart, str(before), _FORCE, namespace=namespace)
        _ready(cluster, namespace)


def _helm(cluster: Cluster, *words: str, namespace: str, given: str | None = None) -> str:
    where = ("--namespace", namespace, "--kubeconfig", cluster.environment.kubeconfig)
    given_bytes = None if given is None else given.encode()
    return run([cluster.environment.helm, *words, *where], what=f"helm {words[0]}", input=given_bytes)


def _ready(cluster: Cluster, namespace: str) -> None:
    wait_ready(cluster.kubectl, namespace=namespace, seconds=120, say=lambda _line: None)
