"""The chart's manifests, rendered once for each set of values."""

from pathlib import Path
from typing import Any

import pytest
from helm.rendering import Helm

NAMESPACE = "observability"
Manifests = list[dict[str, Any]]


@pytest.fixture(scope="session")
def chart(charts: Path) -> Path:
    """The chart's folder."""
    return charts / "observability"


@pytest.fixture(scope="session")
def kind(helm: Helm, chart: Path) -> Manifests:
    """The manifests of the local cluster."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-kind.yaml"])


@pytest.fixture(scope="session")
def eks(helm: Helm, chart: Path) -> Manifests:
    """The manifests for AWS."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-eks.yaml"])


@pytest.fixture(scope="session")
def existing(helm: Helm, chart: Path) -> Manifests:
    """The manifests for a cluster with a Prometheus operator and Grafana of its own."""
    sets = ["mode=existing", "existing.labels.release=kube-prometheus-stack"]
    return helm.template(chart, namespace="monitoring", sets=sets)


@pytest.fixture(params=["kind", "eks"])
def manifests(request: pytest.FixtureRequest) -> Manifests:
    """Both."""
    return request.getfixturevalue(request.param)
