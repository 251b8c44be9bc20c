"""Helm, where it is installed."""

import os
import shutil
from pathlib import Path

import pytest
from helm.rendering import Helm

CHARTS = Path(__file__).parents[2] / "helm"


@pytest.fixture(scope="session")
def helm() -> Helm:
    """The helm that LONGSHORE_HELM names, or the one on the path."""
    program = os.environ.get("LONGSHORE_HELM") or shutil.which("helm")
    if program is None:
        pytest.skip("there is no helm: put one on the path, or name it in LONGSHORE_HELM")
    return Helm(program)


@pytest.fixture(scope="session")
def charts() -> Path:
    """The folder of the charts."""
    return CHARTS
