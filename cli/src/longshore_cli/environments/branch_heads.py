"""The newest commit of a branch, read from the repository: the status knows only commits that Airflow has seen."""

import os
from pathlib import Path, PurePosixPath

from longshore_cli.base.programs import run
from longshore_cli.clients.cluster_git import push, receiver
from longshore_cli.clients.git import git
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import ClusterError, DeployError

_SECONDS = 30.0
SHARED_BRANCH = "main"
"""The branch of the cluster's repository that the shared Airflow follows; `longshore dags deploy` pushes to it."""


def cluster_repository_url(cluster: SavedCluster) -> str:
    """Returns the address by which pods reach the cluster's repository, the target of `longshore dags deploy`. Pure."""
    service = cluster.git_pod_selector.rpartition("/")[2]
    return f"git://{service}.{cluster.git_namespace}:9418/{PurePosixPath(cluster.git_repository).name}"


def branch_head(url: str, branch: str, *, cluster: SavedCluster | None) -> str | None:
    """Returns the newest commit of the branch; None if the repository has no such branch.

    Args:
        cluster: the checkout's cluster, whose repository only its pods can reach.

    Raises:
        ClusterError: the repository cannot be read from here.
    """
    ref = f"refs/heads/{branch}"
    if cluster is not None and url == cluster_repository_url(cluster):
        # Lists every ref with this beginning: git may have a folder of that name.
        words = ("git", "--git-dir", cluster.git_repository, "for-each-ref", "--format=%(objectname)\t%(refname)", ref)
        exec_ = receiver(cluster)
        command = [*exec_[: exec_.index("--") + 1], *words]
    else:
        command = ["git", "ls-remote", "--", url, ref]
    listed = run(command, what=f"{url} cannot be read", environment=_environment(), timeout=_SECONDS)
    found = (line.split("\t", 1) for line in listed.splitlines() if "\t" in line)
    return next((commit for commit, name in found if name == ref), None)


def local_commit(folder: Path, branch: str) -> str | None:
    """Returns the newest commit of the branch in the checkout around `folder`; None if the branch is missing."""
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").strip()
    except DeployError:
        return None


def contains_commit(folder: Path, commit: str, earlier: str) -> bool:
    """Returns true if the commit has the earlier one in its history, as far as the checkout around `folder` knows."""
    try:
        git(folder, "merge-base", "--is-ancestor", earlier, commit)
    except DeployError:
        return False
    return True


def push_to_cluster(folder: Path, sha: str, *, branch: str, there: str | None, cluster: SavedCluster) -> None:
    """Sets the branch of the cluster's repository to the commit.

    Args:
        there: the current commit of the branch; None if the repository has no such branch.

    Raises:
        ClusterError: the branch is the one that the shared Airflow follows.
        DeployError: another user has pushed meanwhile, or the push fails.
    """
    if branch == SHARED_BRANCH:
        raise ClusterError(
            f"The cluster's shared Airflow follows the branch {branch!r}, which environments must not change. "
            "Use `longshore dags deploy` to push there."
        )
    try:
        push(folder, sha, branch=branch, command=receiver(cluster), timeout=120.0, expected=there or "")
    except DeployError as error:
        if "stale info" not in str(error):
            raise
        raise DeployError(
            f"Another user has just pushed to {branch!r} of the cluster's repository. Try again."
        ) from error


def full_commit(folder: Path, commit: str) -> str:
    """Returns the commit's full name.

    Raises:
        ClusterError: it is not a full name, and the checkout around `folder` has no commit of that name.
    """
    if len(commit) == 40 and all(each in "0123456789abcdef" for each in commit):
        return commit
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").strip()
    except DeployError as error:
        raise ClusterError(
            f"{commit[:60]!r} is not a commit of this checkout. Name it by its 40 characters."
        ) from error


def _environment() -> dict[str, str]:
    # With the user's own credentials for git, but without asking for any.
    return os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "git:http:https", "LC_ALL": "C"}
