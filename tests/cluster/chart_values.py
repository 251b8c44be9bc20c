"""A chart of the cluster's with other values, for the time of a test."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cluster.parts import ROOT, Cluster, eventually
from longshore_cli.base.programs import run
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.charts.readiness import wait_ready

_FORCE = "--force-conflicts"
"""The option that also overwrites objects that were changed by hand."""


def values_of(cluster: Cluster, chart: str, *, namespace: str) -> dict[str, Any]:
    """All values that the chart was installed with, its own defaults among them."""
    words = ("get", "values", chart, "--all", "--output", "json")
    return dict(json.loads(_helm(cluster, *words, namespace=namespace)))


def upgrade(
    cluster: Cluster,
    change: Callable[[dict[str, Any]], Mapping[str, Any]],
    *,
    chart: str = "longshore",
    namespace: str = namespaces.PLATFORM,
) -> dict[str, Any]:
    """Gives a chart other values beside those that it has, and waits until its pods are ready; the values before.

    Args:
        change: from the values before to those that become other ones.
    """
    before = values_of(cluster, chart, namespace=namespace)
    _helm(
        *(cluster, "upgrade", chart, str(ROOT / "helm" / chart), "--reuse-values", "--values", "-", _FORCE),
        namespace=namespace,
        given=json.dumps(change(before)),
    )
    _ready(cluster, namespace)
    return before


@contextmanager
def chart_values(cluster: Cluster, values: Mapping[str, Any]) -> Iterator[None]:
    """Upgrades the chart `longshore` to these values, and puts the revision before back afterwards."""
    chart, namespace = "longshore", namespaces.PLATFORM
    before = json.loads(_helm(cluster, "status", chart, "--output", "json", namespace=namespace))["version"]
    try:
        upgrade(cluster, lambda _: values, chart=chart, namespace=namespace)
        yield
    finally:
        _helm(cluster, "rollback", chart, str(before), _FORCE, namespace=namespace)
        _ready(cluster, namespace)


def _helm(cluster: Cluster, *words: str, namespace: str, given: str | None = None) -> str:
    where = ("--namespace", namespace, "--kubeconfig", cluster.environment.kubeconfig)
    given_bytes = None if given is None else given.encode()
    return run([cluster.environment.helm, *words, *where], what=f"helm {words[0]}", input=given_bytes)


def _ready(cluster: Cluster, namespace: str) -> None:
    """Waits until all pods are ready, and those that they replace, which may still start job runs, are gone."""
    wait_ready(cluster.kubectl, namespace=namespace, seconds=120, say=lambda _line: None)
    eventually(
        lambda: not [pod for pod in cluster.pods(namespace) if "deletionTimestamp" in pod["metadata"]],
        seconds=120,
        what="the end of the pods that were replaced",
    )
