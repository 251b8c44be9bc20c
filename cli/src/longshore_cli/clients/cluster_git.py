"""Pushes to the cluster's git repository: through `kubectl exec`, because its server accepts none over the network.

Only the commit is pushed, without its parents. A shallow clone has no more, and a commit that comes whole is complete
in the repository no matter what that holds already.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from longshore_cli.clients.git import git
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import DeployError

_FETCH = "git -c uploadpack.allowAnySHA1InWant=true upload-pack"


def receiver(environment: SavedCluster) -> list[str]:
    """Returns the command that receives a push: its standard input and output speak git's protocol. Pure."""
    return [
        *(environment.kubectl, "--kubeconfig", environment.kubeconfig, "--context", environment.context),
        *("--namespace", environment.git_namespace, "exec", "--quiet", "-i", environment.git_pod_selector, "--"),
        # The commit comes without its parents.
        *("git", "-c", "receive.shallowUpdate=true", "receive-pack", environment.git_repository),
    ]


def push(
    root: Path, sha: str, *, branch: str, command: Sequence[str], timeout: float, expected: str | None = None
) -> None:
    """Sets `branch` of the repository behind `command` to the commit `sha` of the checkout `root`.

    Args:
        command: as `receiver` gives it.
        timeout: in seconds.
        expected: the commit that the branch must point to in the repository; empty if it must not exist. None replaces
            it in any case.

    Raises:
        DeployError: the branch's name is invalid, the branch is at another commit than expected, or the push fails.
    """
    try:
        git(root, "check-ref-format", f"refs/heads/{branch}")
    except DeployError as error:
        raise DeployError(f"{branch!r} is not a valid branch name. Choose another one.") from error
    with tempfile.TemporaryDirectory(prefix="longshore-") as folder:
        alone = Path(folder)
        git(alone, "init", "--quiet", "--bare")
        git(alone, "fetch", "--quiet", "--no-tags", "--depth=1", f"--upload-pack={_FETCH}", str(root), sha)
        # Forced: the branch follows every deployment, and without history no commit descends from another.
        force = "--force" if expected is None else f"--force-with-lease=refs/heads/{branch}:{expected}"
        git(
            alone,
            *("push", "--quiet", force, "--no-verify", "--no-signed"),
            *(remote_helper_address(command), f"{sha}:refs/heads/{branch}"),
            timeout=timeout,
        )


def remote_helper_address(command: Sequence[str]) -> str:
    """Returns the command as an address of git's helper `ext`, which gives spaces and percent signs a meaning. Pure.

    Source: git, "git-remote-ext".
    """
    return "ext::" + " ".join(word.replace("%", "%%").replace(" ", "% ") for word in command)
