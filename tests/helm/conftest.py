"""Helm, where it is installed."""

import os
from pathlib import Path

import pytest
from helm.rendering import Helm
from longshore_cli.cluster.kubernetes.tools import find_helm
from longshore_cli.cluster.layout import ClusterLayout

CHARTS = Path(__file__).parents[2] / "helm"


@pytest.fixture(scope="session")
def helm() -> Helm:
    """The helm that LONGSHORE_HELM names, the one on the path, or the one that `longshore cluster up` built."""
    program = os.environ.get("LONGSHORE_HELM") or find_helm(ClusterLayout(CHARTS.parent))
    if program is None:
        pytest.skip("there is no helm: put one on the path, name it in LONGSHORE_HELM, or call `longshore cluster up`")
    return Helm(program)


@pytest.fixture(scope="session")
def charts() -> Path:
    """The folder of the charts."""
    return CHARTS
