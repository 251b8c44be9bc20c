from pathlib import Path

import pytest
from longshore_cli.cluster.kubernetes.tools import find_helm, find_tools
from longshore_cli.cluster.layout import ClusterLayout


def program(place: Path, text: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterLayout:
    """A checkout on a machine that has Go, which builds empty programs, and kubectl."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/bin")
    builds = 'while [ "$1" != -o ]; do shift; done; to=$2; shift 2; for each in "$@"; do : > "$to${each##*/}"; done'
    program(tmp_path / "bin" / "go", f'[ "$1" = version ] && echo "go version go1.26.1 linux/amd64" && exit\n{builds}')
    program(tmp_path / "bin" / "kubectl", "")
    (tmp_path / "checkout" / "images" / "kind-node").mkdir(parents=True)
    return ClusterLayout(tmp_path / "checkout")


def test_the_helm_that_was_built_for_a_cluster_is_found_again(layout: ClusterLayout) -> None:
    assert find_helm(layout) is None
    assert find_tools(layout, print).helm == find_helm(layout)


def test_the_helm_on_the_path_is_used(layout: ClusterLayout, tmp_path: Path) -> None:
    program(tmp_path / "bin" / "helm", "")
    assert find_helm(layout) == str(tmp_path / "bin" / "helm")
