"""The stack's programs, where `longshore cluster up` has built them."""

from pathlib import Path
from typing import Any

import pytest
from helm.observability.processes.stack import Stack
from longshore_cli.cluster.charts.observability import IMAGES
from longshore_cli.cluster.images.go_programs import built, program_name
from longshore_cli.cluster.layout import ClusterLayout

ROOT = Path(__file__).parents[4]


class Programs(dict[str, Path]):
    """Programs by name. A test that asks for a missing one is skipped."""

    def __missing__(self, name: str) -> Path:
        pytest.skip(f"{name} is not in the cache: `longshore cluster up` builds it")


@pytest.fixture(scope="session")
def programs() -> Programs:
    """The programs of the stack that the cache has."""
    found = Programs()
    for image in IMAGES:
        folder = built(ClusterLayout(ROOT), f"images/{image.name}", image.programs)
        names = [program_name(package) for package in image.programs]
        found |= {name: folder / name for name in names if (folder / name).is_file()}
    return found


@pytest.fixture
def stack(kind: list[dict[str, Any]], programs: dict[str, Path], tmp_path: Path) -> Stack:
    """The stack as the chart configures it on the local cluster."""
    found = Stack(kind, programs, tmp_path)
    found.pods.mkdir()
    return found
