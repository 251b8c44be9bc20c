"""The commit to deploy, and its DAG files."""

from pathlib import Path

import pytest
from longshore_cli.dags.checkout import commit_to_deploy
from longshore_cli.exceptions import DeployError

from .repositories import DAG, commit, git, repository


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return repository(tmp_path / "check out")


def test_without_a_revision_it_is_head(checkout: Path) -> None:
    root, chosen = commit_to_deploy(checkout / "dags", None)
    assert root == checkout
    assert (chosen.sha, chosen.subject) == (git(checkout, "rev-parse", "HEAD"), "the first")
    assert chosen.short == chosen.sha[:7]
    assert chosen.files == ("one.py",)


def test_only_files_in_which_airflow_looks_for_dags_count(checkout: Path) -> None:
    commit(
        checkout,
        "more",
        {
            "dags/sub/ü two.py": DAG.format(name="two"),
            "dags/assets.py": "import AIRFLOW\n@Asset\n",
            "dags/helper.py": "import airflow\n",
            "dags/other.py": "with DAG():\n    pass\n",
            "dags/sql/query.sql": "-- airflow dag",
            "elsewhere.py": DAG.format(name="elsewhere"),
        },
    )
    assert commit_to_deploy(checkout, None)[1].files == ("assets.py", "one.py", "sub/ü two.py")


def test_uncommitted_changes_are_named(checkout: Path) -> None:
    (checkout / "README.md").write_text("only what lies below dags/ is deployed\n")
    (checkout / ".git" / "info" / "exclude").write_text("__pycache__\n")
    (checkout / "dags" / "__pycache__").mkdir()
    (checkout / "dags" / "__pycache__" / "one.pyc").touch()
    assert commit_to_deploy(checkout, None)[1].files == ("one.py",)
    (checkout / "dags" / "one.py").write_text("changed")
    (checkout / "dags" / "new one.py").touch()
    with pytest.raises(DeployError, match=r"Not committed: dags/one\.py, dags/new one\.py\. .*--commit HEAD"):
        commit_to_deploy(checkout, None)
    git(checkout, "add", "--all")
    with pytest.raises(DeployError, match=r"Not committed: dags/new one\.py, dags/one\.py"):
        commit_to_deploy(checkout, None)
    assert commit_to_deploy(checkout, "HEAD")[1].subject == "the first"


def test_a_revision_can_be_any_name_of_a_commit(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    commit(checkout, "the second", {"dags/two.py": DAG.format(name="two")})
    git(checkout, "tag", "--annotate", "v1", "--message", "a tag is no commit", first)
    for name in ("v1", "HEAD~1", first[:8]):
        assert commit_to_deploy(checkout, name)[1].sha == first


@pytest.mark.parametrize("revision", ["nothing", "--all", "", "main:dags"])
def test_an_unknown_commit_is_named(checkout: Path, revision: str) -> None:
    with pytest.raises(DeployError, match=rf"There is no commit {revision!r} in .*\. Fetch it, or name another one"):
        commit_to_deploy(checkout, revision)


def test_a_commit_without_dags_is_not_deployed(checkout: Path) -> None:
    git(checkout, "rm", "--quiet", "-r", "dags")
    sha = commit(checkout, "none left", {"README.md": "\n"})
    with pytest.raises(
        DeployError, match=f"The commit {sha[:7]} has no file below dags/ in which Airflow looks for DAGs"
    ):
        commit_to_deploy(checkout, None)


def test_a_folder_outside_a_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DeployError, match=r"is not a git checkout, and only commits are deployed\. Clone the repository"
    ):
        commit_to_deploy(tmp_path, None)


def test_a_missing_git_is_reported(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DeployError, match=r"git cannot be started .*\. Install it"):
        commit_to_deploy(checkout, None)


def test_settings_of_a_calling_hook_are_ignored(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other")
    commit(other, "of the other", {"dags/x.py": ""})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert commit_to_deploy(checkout, None)[1].subject == "the first"
