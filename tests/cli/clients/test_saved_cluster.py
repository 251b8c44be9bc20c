"""The file by which commands find the checkout's cluster."""

import os
import stat
from pathlib import Path

import pytest
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import CliError
from saved_clusters import saved_cluster


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "example.org")


def test_the_saved_cluster_is_found_from_anywhere_in_the_checkout(tmp_path: Path) -> None:
    saved = saved_cluster(virtual_cluster_id="vc1")
    saved.save(tmp_path)
    (tmp_path / "dags" / "sql").mkdir(parents=True)
    assert SavedCluster.load(tmp_path / "dags" / "sql") == saved
    assert os.environ["no_proxy"] == "example.org,127.0.0.1,localhost"


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    saved_cluster().save(tmp_path)
    path = tmp_path / ".longshore" / "cluster" / "environment.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_without_a_file_there_is_no_cluster(tmp_path: Path) -> None:
    assert SavedCluster.load(tmp_path) is None
    assert os.environ["no_proxy"] == "example.org"


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"endpoint_url": 1, "more": 2}'])
def test_a_file_of_another_version_must_be_written_again(tmp_path: Path, text: str) -> None:
    saved_cluster().save(tmp_path)
    (tmp_path / ".longshore" / "cluster" / "environment.json").write_text(text)
    with pytest.raises(CliError, match="write it again by `longshore cluster up`"):
        SavedCluster.load(tmp_path)
