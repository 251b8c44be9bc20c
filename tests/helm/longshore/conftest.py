"""The chart's manifests, rendered once for each set of values."""

from pathlib import Path
from typing import Any

import pytest
from helm.rendering import Helm

NAMESPACE = "longshore"


@pytest.fixture(scope="session")
def chart(charts: Path) -> Path:
    """The chart's folder."""
    return charts / "longshore"


@pytest.fixture(scope="session", params=["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def manifests(request: pytest.FixtureRequest, helm: Helm, chart: Path) -> list[dict[str, Any]]:
    """The manifests under each of the chart's value files."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / request.param])


@pytest.fixture(scope="session")
def kind(helm: Helm, chart: Path) -> list[dict[str, Any]]:
    """The manifests of the local cluster."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-kind.yaml"])


@pytest.fixture(scope="session")
def eks(helm: Helm, chart: Path) -> list[dict[str, Any]]:
    """The manifests for AWS."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-eks.yaml"])
