"""A commit's way into the git repository of the cluster: through `kubectl exec`, for the server takes no pushes itself.

Only the commit goes, without those before it: a shallow clone has no more, and whatever the repository holds, older or
newer, a commit that comes whole is complete there.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.dags.checkout import git
from longshore_cli.exceptions import DeployError

_FETCH = "git -c uploadpack.allowAnySHA1InWant=true upload-pack"


def receiver(environment: ClusterEnvironment) -> list[str]:
    """The command that takes a push: its standard input and output speak git's protocol. Pure."""
    return [
        *(environment.kubectl, "--kubeconfig", environment.kubeconfig, "--context", environment.context),
        *("--namespace", environment.git_namespace, "exec", "--quiet", "-i", environment.git_pod_selector, "--"),
        # The commit comes without its parents.
        *("git", "-c", "receive.shallowUpdate=true", "receive-pack", environment.git_repository),
    ]


def push(
    root: Path, sha: str, *, branch: str, command: Sequence[str], timeout: float, expected: str | None = None
) -> None:
    """Makes `branch` of the repository behind `command` the commit `sha` of the checkout `root`.

    Args:
        command: as `receiver` gives it.
        timeout: in seconds.
        expected: the commit that the branch has to be at there; empty: it must not be there. If None, it is replaced
            whatever it is at.

    Raises:
        DeployError: the branch's name is none, the branch is at another commit than expected, or the push fails.
    """
    try:
        git(root, "check-ref-format", f"refs/heads/{branch}")
    except DeployError as error:
        raise DeployError(f"{branch!r} is no name of a branch.") from error
    with tempfile.TemporaryDirectory(prefix="longshore-") as folder:
        alone = Path(folder)
        git(alone, "init", "--quiet", "--bare")
        git(alone, "fetch", "--quiet", "--no-tags", "--depth=1", f"--upload-pack={_FETCH}", str(root), sha)
        # Forced: an environment follows whatever is deployed; and without its history no commit follows upon another.
        force = "--force" if expected is None else f"--force-with-lease=refs/heads/{branch}:{expected}"
        git(
            alone,
            *("push", "--quiet", force, "--no-verify", "--no-signed"),
            *(remote_helper_address(command), f"{sha}:refs/heads/{branch}"),
            timeout=timeout,
        )


def remote_helper_address(command: Sequence[str]) -> str:
    """The command as an address of git's helper `ext`, where spaces and percent signs have a meaning. Pure.

    Source: git, "git-remote-ext".
    """
    return "ext::" + " ".join(word.replace("%", "%%").replace(" ", "% ") for word in command)
