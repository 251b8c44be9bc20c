"""A branch on this machine, without a cluster."""

import subprocess
from pathlib import Path

import pytest
from cli.dags.repositories import DAG, commit, git, repository
from longshore_cli.environments.local import prepare
from longshore_cli.exceptions import DeployError, EmbeddedError
from support.branches import branched_checkout
from support.longshore_commands import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of the project, on its branch main; the branch `feature/x` has a DAG more."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return branched_checkout(tmp_path / "checkout")


def test_the_branch_has_a_worktree_of_its_own_and_the_checkout_stays_as_it_is(checkout: Path) -> None:
    layout, sha = prepare(checkout / "dags", branch="feature/x", name=None)
    assert layout.name == "feature-x"
    assert checkout not in layout.folder.parents
    assert sorted(path.name for path in (layout.platform / "dags").iterdir()) == ["one.py", "two.py"]
    assert (layout.platform / "images").resolve() == ROOT / "images"
    assert git(layout.worktree, "rev-parse", "HEAD") == sha == git(checkout, "rev-parse", "feature/x")
    assert git(checkout, "branch", "--show-current") == "main"
    assert git(checkout, "status", "--porcelain") == ""


def test_the_newest_commit_is_taken_the_next_time_and_the_state_is_kept(checkout: Path) -> None:
    layout, _ = prepare(checkout, branch="main", name="mine")
    (layout.platform / ".longshore").mkdir()
    newer = commit(checkout, "three", {"dags/three.py": DAG.format(name="three")})
    assert prepare(checkout, branch="main", name="mine") == (layout, newer)
    assert (layout.platform / "dags" / "three.py").exists()
    assert (layout.platform / ".longshore").exists()


def test_changes_in_the_worktree_are_not_overwritten(checkout: Path) -> None:
    layout, _ = prepare(checkout, branch="main", name=None)
    (layout.worktree / "dags" / "one.py").write_text("mine")
    commit(checkout, "other", {"dags/one.py": DAG.format(name="other")})
    with pytest.raises(DeployError, match=r"dags/one\.py"):
        prepare(checkout, branch="main", name=None)
    assert (layout.worktree / "dags" / "one.py").read_text() == "mine"


def test_a_worktree_that_was_removed_by_hand_is_created_again(checkout: Path) -> None:
    layout, sha = prepare(checkout, branch="main", name=None)
    subprocess.run(["rm", "-r", str(layout.folder)], check=True)
    assert prepare(checkout, branch="main", name=None) == (layout, sha)


def test_a_branch_of_the_origin_is_enough(checkout: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(checkout), "clone")
    for name in ("images", "job-templates"):
        (tmp_path / "clone" / name).symlink_to(ROOT / name)
    assert prepare(tmp_path / "clone", branch="feature/x", name=None)[1] == git(checkout, "rev-parse", "feature/x")


def test_an_unknown_branch_or_a_wrong_checkout_is_named(checkout: Path, tmp_path: Path) -> None:
    with pytest.raises(DeployError, match=r"Neither .* nor its origin has a branch 'none'"):
        prepare(checkout, branch="none", name=None)
    with pytest.raises(EmbeddedError, match="no folder job-templates/"):
        prepare(repository(tmp_path / "other"), branch="main", name=None)
