"""Faults of a branch. Each is reported by its reason, and the last good commit goes on running."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.dags.repositories import commit, git
from cluster.environments.git import GitServer
from cluster.environments.live import SAYS, LiveEnvironment, bring
from cluster.parts import Cluster, eventually
from longshore_cli.clients.cluster_git import receiver, remote_helper_address

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def good(cluster: Cluster, mine: LiveEnvironment, checkout: Path, branch: str) -> Iterator[str]:
    """A commit that is parsed, whose DAG `says` is good; the checkout and the branch are at it afterwards, too."""
    files = {"dags/says.py": SAYS.format(name="says", word="good")}
    if not (checkout / "dags" / "says.py").exists():
        commit(checkout, "a good one", files)
    head = bring(cluster, checkout, branch=branch)
    mine.wait_for_commit(head)
    mine.wait_for_reason("Synced", "Parsed")
    yield head
    git(checkout, "reset", "--quiet", "--hard", head)


def goes_on(environment: LiveEnvironment, commit: str, *, word: str = "good") -> None:
    assert environment.status()["commit"] == commit
    assert environment.status()["phase"] == "Ready"
    assert environment.result_of("says") == word


def test_a_branch_that_is_rewritten_is_followed(
    cluster: Cluster, mine: LiveEnvironment, checkout: Path, branch: str, good: str
) -> None:
    git(checkout, "rm", "--quiet", "-r", "dags")
    git(checkout, "commit", "--quiet", "--amend", "--message", "another history")
    commit(checkout, "of another kind", {"dags/says.py": SAYS.format(name="says", word="rewritten")})
    assert good not in git(checkout, "rev-list", "HEAD")
    head = bring(cluster, checkout, branch=branch)
    mine.wait_for_commit(head)
    assert mine.wait_for_reason("Synced", "Parsed")["status"] == "True"
    goes_on(mine, head, word="rewritten")
    assert mine.dag_ids() == {"says"}


def test_a_dag_that_cannot_be_imported_is_shown_and_the_others_go_on(
    cluster: Cluster, mine: LiveEnvironment, checkout: Path, branch: str, good: str
) -> None:
    commit(checkout, "a broken one", {"dags/broken.py": "from airflow.sdk import DAG\nimport nothing_of_this_name\n"})
    head = bring(cluster, checkout, branch=branch)
    synced = mine.wait_for_reason("Synced", "ImportErrors")
    assert (synced["status"], "broken.py" in synced["message"]) == ("False", True)
    (error,) = mine.status()["importErrors"]
    assert error["file"].endswith("broken.py")
    assert "nothing_of_this_name" in error["message"]
    mine.wait_for_commit(head)
    goes_on(mine, head)


def test_a_branch_that_is_deleted_leaves_the_last_commit(
    cluster: Cluster, mine: LiveEnvironment, checkout: Path, branch: str, good: str
) -> None:
    address = remote_helper_address(receiver(cluster.environment))
    git(checkout, "-c", "protocol.ext.allow=always", "push", "--quiet", address, f":refs/heads/{branch}")
    synced = mine.wait_for_reason("Synced", "RefNotFound")
    assert (synced["status"], branch in synced["message"]) == ("False", True)
    goes_on(mine, good)
    bring(cluster, checkout, branch=branch)
    assert mine.wait_for_reason("Synced", "Parsed")["status"] == "True"


def test_a_server_that_does_not_answer_leaves_the_last_commit_until_it_does(
    cluster: Cluster, mine: LiveEnvironment, checkout: Path, branch: str, good: str, git_server: GitServer
) -> None:
    git_server.reachable(False)
    try:
        commit(checkout, "a new one", {"dags/says.py": SAYS.format(name="says", word="new")})
        head = bring(cluster, checkout, branch=branch)
        synced = mine.wait_for_reason("Synced", "RepositoryUnreachable")
        assert (synced["status"], git_server.name in synced["message"]) == ("False", True)
        goes_on(mine, good)
    finally:
        git_server.reachable(True)
    mine.wait_for_commit(head)
    eventually(lambda: mine.condition("Synced")["status"] == "True", seconds=180, what="the branch in time")
    goes_on(mine, head, word="new")
