"""The chart's manifests, rendered once for each set of values."""

from pathlib import Path
from typing import Any

import pytest
from helm.rendering import Helm

NAMESPACE = "environments"
FILES = ["values.yaml", "values-kind.yaml", "values-eks.yaml"]


@pytest.fixture(scope="session")
def chart(charts: Path) -> Path:
    """The chart's folder."""
    return charts / "environments"


@pytest.fixture(scope="session", params=FILES)
def manifests(request: pytest.FixtureRequest, helm: Helm, chart: Path) -> list[dict[str, Any]]:
    """The manifests under each of the chart's value files."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / request.param])


@pytest.fixture(scope="session")
def kind(helm: Helm, chart: Path) -> list[dict[str, Any]]:
    """The manifests of the local cluster."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-kind.yaml"])
