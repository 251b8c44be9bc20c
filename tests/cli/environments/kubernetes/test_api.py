"""The cluster that a command talks to."""

from pathlib import Path

from cli.environments.conftest import Cluster, Longshore


def test_another_cluster_needs_a_repository(longshore: Longshore, cluster: Cluster) -> None:
    done = longshore("create", "--branch", "b", "--context", "other")
    assert done.returncode == 2
    assert "No repository is given. Name it with --git" in done.stderr
    longshore("list", "--context", "other", "--namespace", "elsewhere", "--all-owners")
    assert cluster.calls[-1][:5] == ["--context", "other", "-n", "elsewhere", "get"]


def test_a_missing_environment_is_named(longshore: Longshore) -> None:
    for command in ("status", "open", "logs", "sync", "sleep", "wake", "extend"):
        done = longshore(command, "none")
        assert done.returncode == 2
        assert "There is no environment 'none'. List all with `longshore env list --all-owners`." in done.stderr


def test_a_checkout_without_a_cluster_uses_kubectls_current_one(
    longshore: Longshore, cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    assert longshore("list", folder=tmp_path / "elsewhere").returncode == 0
    assert cluster.calls[-1][0] == "-n"
