"""The file by which commands find the checkout's cluster."""

import os
import stat
from pathlib import Path

import pytest
from cluster_environments import environment
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.exceptions import CliError


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "example.org")


def test_what_was_saved_is_found_from_anywhere_in_the_checkout(tmp_path: Path) -> None:
    saved = environment(virtual_cluster_id="vc1")
    saved.save(tmp_path)
    (tmp_path / "dags" / "sql").mkdir(parents=True)
    assert ClusterEnvironment.load(tmp_path / "dags" / "sql") == saved
    assert os.environ["no_proxy"] == "example.org,127.0.0.1,localhost"


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    environment().save(tmp_path)
    path = tmp_path / ".longshore" / "cluster" / "environment.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_without_a_cluster_there_is_none(tmp_path: Path) -> None:
    assert ClusterEnvironment.load(tmp_path) is None
    assert os.environ["no_proxy"] == "example.org"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"endpoint_url": 1, "more": 2}'])
def test_a_file_of_another_version_is_made_again(tmp_path: Path, text: str) -> None:
    environment().save(tmp_path)
    (tmp_path / ".longshore" / "cluster" / "environment.json").write_text(text)
    with pytest.raises(CliError, match="make it again: `longshore cluster up`"):
        ClusterEnvironment.load(tmp_path)
