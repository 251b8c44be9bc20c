"""The stack's programs, where `longshore cluster up` has built them."""

from pathlib import Path
from typing import Any

import pytest
from helm.observability.processes.stack import Stack
from longshore_cli.cluster.charts.observability import IMAGES
from longshore_cli.cluster.images.go_programs import built, program_name
from longshore_cli.cluster.layout import ClusterLayout

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """All programs of the stack by name, from the cache."""
    found = {}
    for image in IMAGES:
        folder = built(ClusterLayout(ROOT), f"images/{image.name}", image.programs)
        found |= {program_name(package): folder / program_name(package) for package in image.programs}
    missing = sorted(name for name, path in found.items() if not path.is_file())
    if missing:
        pytest.skip(f"{', '.join(missing)} are not in the cache: `longshore cluster up` builds them")
    return found


@pytest.fixture
def stack(kind: list[dict[str, Any]], programs: dict[str, Path], tmp_path: Path) -> Stack:
    """The stack as the chart configures it on the local cluster."""
    found = Stack(kind, programs, tmp_path)
    found.pods.mkdir()
    return found
