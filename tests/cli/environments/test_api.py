"""Which cluster is asked, and who answers."""

from pathlib import Path

from .conftest import Cluster, Longshore


def test_another_cluster_needs_to_be_told_of_a_repository(longshore: Longshore, cluster: Cluster) -> None:
    done = longshore("create", "--branch", "b", "--context", "other")
    assert done.returncode == 2
    assert "Which repository? Say it with --git" in done.stderr
    longshore("list", "--context", "other", "--namespace", "elsewhere", "--all-owners")
    assert cluster.calls[-1][:5] == ["--context", "other", "-n", "elsewhere", "get"]


def test_what_is_not_there_is_told(longshore: Longshore) -> None:
    for command in ("status", "open", "logs", "sync", "sleep", "wake", "extend"):
        done = longshore(command, "none")
        assert done.returncode == 2
        assert "There is no environment 'none'; `longshore env list --all-owners` shows all." in done.stderr


def test_what_lacks_a_cluster_asks_kubectls_own(longshore: Longshore, cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    assert longshore("list", folder=tmp_path / "elsewhere").returncode == 0
    assert cluster.calls[-1][0] == "-n"
