"""The Helm releases of the local cluster."""

import json
from collections.abc import Mapping
from typing import Any

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.charts.interrupted import one_at_a_time, repair
from longshore_cli.cluster.images.registry import HOST
from longshore_cli.cluster.kubernetes.tools import Tools
from longshore_cli.cluster.layout import ClusterLayout

Settings = Mapping[str, str | bool | dict[str, Any]]
"""A chart's values by path."""


def install(layout: ClusterLayout, tools: Tools, *, chart: str, namespace: str, settings: Settings, say: Say) -> None:
    """Installs or upgrades the chart `helm/<chart>` under its own name, without waiting for its pods.

    A change of the release that was interrupted is ended first.

    Args:
        settings: more values than those of `values-kind.yaml`.

    Raises:
        ClusterError: Helm refuses, because of an invalid value or an object of another owner.
    """
    folder = layout.root / "helm" / chart
    helm = [tools.helm, "--namespace", namespace, "--kubeconfig", str(layout.kubeconfig)]
    with one_at_a_time(layout, say) as lock:
        repair(helm, chart=chart, say=say, lock=lock)
        values = ["--values", str(folder / "values-kind.yaml"), *options(settings)]
        run(
            [*helm, "upgrade", "--install", chart, str(folder), *values],
            what=f"The chart {chart!r} cannot be installed",
            held=[lock],
        )


def options(settings: Settings) -> list[str]:
    """Returns Helm's options for these values. Pure."""
    words: list[str] = []
    for name, value in settings.items():
        if isinstance(value, bool):
            words += ["--set", f"{name}={str(value).lower()}"]
        elif isinstance(value, dict):
            words += ["--set-json", f"{name}={json.dumps(value)}"]
        else:
            words += ["--set-string", f"{name}={value}"]  # texts that look like numbers stay texts
    return words


def image_settings(tags: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Returns the values that name images, from the image's name by the path of its `image` value."""
    return {
        f"{path}.{key}": value
        for path, name in names.items()
        for key, value in (("registry", HOST), ("repository", f"longshore/{name}"), ("tag", tags[name]))
    }
