"""The chart's manifests, rendered once for each set of values."""

from pathlib import Path
from typing import Any

import pytest
from helm.rendering import Helm
from helm.yunikorn.unchecked import chart_without_checks

NAMESPACE = "yunikorn"
Manifests = list[dict[str, Any]]


@pytest.fixture(scope="session")
def chart(charts: Path) -> Path:
    """The chart's folder."""
    return charts / "yunikorn"


@pytest.fixture(scope="session")
def unchecked(chart: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the chart that refuses nothing."""
    return chart_without_checks(chart, tmp_path_factory.mktemp("unchecked"))


@pytest.fixture(scope="session")
def kind(helm: Helm, chart: Path) -> Manifests:
    """The manifests of the local cluster."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-kind.yaml"])


@pytest.fixture(scope="session")
def everything(helm: Helm, chart: Path) -> Manifests:
    """The manifests for AWS, with the admission controller."""
    sets = ["admissionController.enabled=true", "admissionController.namespaces={web}"]
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-eks.yaml"], sets=sets)


@pytest.fixture(params=["kind", "everything"])
def manifests(request: pytest.FixtureRequest) -> Manifests:
    """Both."""
    return request.getfixturevalue(request.param)
