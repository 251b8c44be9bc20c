"""The chart's output for YuniKorn if the chart did not check its values: its templates without checks and schema."""

import json
import shutil
from pathlib import Path
from typing import Any

from helm.rendering import Helm, by_kind


def chart_without_checks(chart: Path, folder: Path) -> Path:
    """A copy of helm/yunikorn in `folder` that refuses nothing."""
    copy = folder / chart.name
    shutil.copytree(chart, copy)
    (copy / "templates" / "checks" / "queues.yaml").unlink()
    (copy / "values.schema.json").unlink()
    return copy


def queues_yaml(helm: Helm, chart: Path, values: dict[str, Any], folder: Path) -> str:
    """The text of `queues.yaml` under these values.

    Args:
        chart: helm/yunikorn, or the copy of it.
        folder: for the file with the values.
    """
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    rendered = helm.template(chart, namespace="yunikorn", values=[file])
    return str(by_kind(rendered, "ConfigMap")["yunikorn-configs"]["data"]["queues.yaml"])
