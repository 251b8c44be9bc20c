"""The newest commit of a branch, asked of the repository itself: the status knows only what Airflow has seen."""

import os
from pathlib import Path, PurePosixPath

from longshore_cli.cluster.shell import run
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.dags.checkout import git
from longshore_cli.dags.push import push, receiver
from longshore_cli.exceptions import ClusterError, DeployError

_SECONDS = 30.0
SHARED_BRANCH = "main"
"""Of the cluster's own repository: the one that the shared Airflow follows, to which `longshore dags deploy` pushes."""


def own_repository(own: ClusterEnvironment) -> str:
    """The address of the cluster's own repository, as pods reach it; `longshore dags deploy` pushes to it. Pure."""
    service = own.git_pod_selector.rpartition("/")[2]
    return f"git://{service}.{own.git_namespace}:9418/{PurePosixPath(own.git_repository).name}"


def head(url: str, branch: str, *, own: ClusterEnvironment | None) -> str | None:
    """The commit that the branch is at; None where the repository has no such branch.

    Args:
        own: the cluster that the checkout has, whose repository only its pods reach.

    Raises:
        ClusterError: the repository cannot be asked from here.
    """
    ref = f"refs/heads/{branch}"
    if own is not None and url == own_repository(own):
        # All that begin so, for git may have a folder of that name.
        words = ("git", "--git-dir", own.git_repository, "for-each-ref", "--format=%(objectname)\t%(refname)", ref)
        exec_ = receiver(own)
        command = [*exec_[: exec_.index("--") + 1], *words]
    else:
        command = ["git", "ls-remote", "--", url, ref]
    listed = run(command, what=f"{url} cannot be asked", environment=_environment(), timeout=_SECONDS)
    found = (line.split("\t", 1) for line in listed.splitlines() if "\t" in line)
    return next((commit for commit, name in found if name == ref), None)


def local_commit(folder: Path, branch: str) -> str | None:
    """The commit that the branch is at in the checkout that `folder` lies in; None where there is none."""
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").strip()
    except DeployError:
        return None


def holds(folder: Path, commit: str, earlier: str) -> bool:
    """Whether the commit has the earlier one in its history, as far as the checkout that `folder` lies in knows."""
    try:
        git(folder, "merge-base", "--is-ancestor", earlier, commit)
    except DeployError:
        return False
    return True


def bring(folder: Path, sha: str, *, branch: str, there: str | None, own: ClusterEnvironment) -> None:
    """Makes the branch in the cluster's own repository the commit.

    Args:
        there: the commit that the branch is at; None where the repository has no such branch.

    Raises:
        ClusterError: the branch is the one that the shared Airflow follows.
        DeployError: somebody else has pushed meanwhile, or the push fails.
    """
    if branch == SHARED_BRANCH:
        raise ClusterError(
            f"The cluster's shared Airflow follows the branch {branch!r}, which is not changed for an environment; "
            "`longshore dags deploy` brings a commit there."
        )
    try:
        push(folder, sha, branch=branch, command=receiver(own), timeout=120.0, expected=there or "")
    except DeployError as error:
        if "stale info" not in str(error):
            raise
        raise DeployError(
            f"Somebody else has pushed to {branch!r} of the cluster's repository just now; try again."
        ) from error


def full_commit(folder: Path, commit: str) -> str:
    """The commit's full name.

    Raises:
        ClusterError: it is none, and the checkout that `folder` lies in knows none of that name.
    """
    if len(commit) == 40 and all(each in "0123456789abcdef" for each in commit):
        return commit
    try:
        return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}").strip()
    except DeployError as error:
        raise ClusterError(f"{commit[:60]!r} is no commit of this checkout; name it by its 40 characters.") from error


def _environment() -> dict[str, str]:
    # With the user's own credentials for git, wherever they are set, and without asking for any.
    return os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "git:http:https", "LC_ALL": "C"}
