"""The chart's manifests, rendered once for each set of values."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helm.rendering import Helm

NAMESPACE = "airflow"
Manifests = list[dict[str, Any]]


@pytest.fixture(scope="session")
def chart(charts: Path) -> Path:
    """The chart's folder."""
    return charts / "airflow"


@pytest.fixture
def chart_of(chart: Path, tmp_path: Path) -> Callable[[str], Path]:
    """The chart's folder under the name that the release shall have."""

    def named(release: str) -> Path:
        (tmp_path / release).symlink_to(chart)
        return tmp_path / release

    return named


@pytest.fixture(scope="session")
def kind(helm: Helm, chart: Path) -> Manifests:
    """The manifests of the local cluster: tasks run in the scheduler's pod."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-kind.yaml"])


@pytest.fixture(scope="session")
def eks(helm: Helm, chart: Path) -> Manifests:
    """The manifests for AWS: each task runs in a pod."""
    return helm.template(chart, namespace=NAMESPACE, values=[chart / "values-eks.yaml"])


@pytest.fixture(params=["kind", "eks"])
def manifests(request: pytest.FixtureRequest) -> Manifests:
    """The manifests under each of the chart's value files."""
    return request.getfixturevalue(request.param)
