"""A commit's way into a real repository, by git's own protocol."""

from pathlib import Path

import pytest
from cli.dags.repositories import DAG, commit, git, repository, server
from longshore_cli.clients.cluster_git import push, receiver, remote_helper_address
from longshore_cli.exceptions import DeployError
from saved_clusters import saved_cluster


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = repository(tmp_path / "check out")
    for number in range(3):
        commit(folder, f"number {number}", {"dags/more.py": DAG.format(name=f"more_{number}")})
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    return server(tmp_path / "ser ver" / "100%.git")


def deploy(checkout: Path, bare: Path, revision: str = "HEAD", branch: str = "main") -> str:
    sha = git(checkout, "rev-parse", revision)
    # As in the cluster, but for `kubectl exec`.
    command = receiver(saved_cluster(git_repository=str(bare)))
    push(checkout, sha, branch=branch, command=command[command.index("--") + 1 :], timeout=60)
    return sha


def followed(bare: Path, reader: Path) -> str:
    """Fetches the branch's head without history, as Airflow's bundle does."""
    if not reader.exists():
        server(reader)
    git(
        reader,
        "fetch",
        "--quiet",
        "--depth=1",
        f"file://{bare}".replace("%", "%25"),
        "+refs/heads/main:refs/longshore/head",
    )
    git(reader, "archive", "--format=tar", "refs/longshore/head:dags")
    return git(reader, "rev-parse", "refs/longshore/head")


def test_the_branch_follows_every_deployment(checkout: Path, bare: Path, tmp_path: Path) -> None:
    for revision in ("HEAD~1", "HEAD", "HEAD~3", "HEAD~2", "HEAD", "HEAD"):
        sha = deploy(checkout, bare, revision)
        assert git(bare, "rev-parse", "refs/heads/main") == sha
        assert followed(bare, tmp_path / "reader") == sha
    git(bare, "fsck", "--strict")
    assert git(bare, "for-each-ref", "--format=%(refname)") == "refs/heads/main"


def test_a_branch_at_an_unexpected_commit_stays(checkout: Path, bare: Path) -> None:
    first = deploy(checkout, bare, "HEAD~1")
    command = receiver(saved_cluster(git_repository=str(bare)))
    command = command[command.index("--") + 1 :]
    sha = git(checkout, "rev-parse", "HEAD")
    for expected in ("", sha):
        with pytest.raises(DeployError, match="stale info"):
            push(checkout, sha, branch="main", command=command, timeout=60, expected=expected)
    assert git(bare, "rev-parse", "main") == first
    push(checkout, sha, branch="main", command=command, timeout=60, expected=first)
    assert git(bare, "rev-parse", "main") == sha


def test_a_shallow_clone_and_one_with_all_history_deploy_by_turns(checkout: Path, bare: Path, tmp_path: Path) -> None:
    clone = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{checkout}", str(clone))
    commit(checkout, "later", {"dags/more.py": DAG.format(name="later")})
    for folder, revision in ((clone, "HEAD"), (checkout, "HEAD"), (checkout, "HEAD~2"), (clone, "HEAD")):
        sha = deploy(folder, bare, revision)
        assert followed(bare, tmp_path / "reader") == sha


def test_a_repository_with_all_history_takes_a_commit_too(checkout: Path, bare: Path, tmp_path: Path) -> None:
    git(checkout, "push", "--quiet", str(bare), "HEAD:refs/heads/main")
    for revision in ("HEAD~2", "HEAD"):
        assert deploy(checkout, bare, revision) == followed(bare, tmp_path / "reader")


def test_a_hook_and_settings_for_other_pushes_do_not_matter(checkout: Path, bare: Path) -> None:
    hook = checkout / ".git" / "hooks" / "pre-push"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git(checkout, "tag", "--annotate", "v1", "--message", "tag")
    git(checkout, "config", "push.followTags", "true")
    deploy(checkout, bare, branch="feature/x")
    assert git(bare, "for-each-ref", "--format=%(refname)") == "refs/heads/feature/x"


@pytest.mark.parametrize("branch", ["a b", "a..b", "a:refs/heads/b"])
def test_an_invalid_branch_name_is_refused(checkout: Path, bare: Path, branch: str) -> None:
    with pytest.raises(DeployError, match=f"{branch!r} is not a valid branch name"):
        deploy(checkout, bare, branch=branch)


def test_the_messages_of_the_other_side_are_shown(checkout: Path, bare: Path) -> None:
    with pytest.raises(DeployError, match=r'`git push` failed: .*pods "git" not found'):
        push(
            checkout,
            git(checkout, "rev-parse", "HEAD"),
            branch="main",
            command=["sh", "-c", "echo 'Error from server: pods \"git\" not found' >&2; exit 1"],
            timeout=60,
        )


def test_a_silent_other_side_is_not_waited_for_forever(checkout: Path) -> None:
    with pytest.raises(DeployError, match="`git push` has not ended within 1 s"):
        push(checkout, git(checkout, "rev-parse", "HEAD"), branch="main", command=["sleep", "30"], timeout=1)


def test_the_command_goes_through_kubectl() -> None:
    command = receiver(saved_cluster(kubeconfig="/a b/kubeconfig", git_repository="/srv/git/dags.git"))
    assert command[0] == "kubectl"
    assert command[-4:] == ["-c", "receive.shallowUpdate=true", "receive-pack", "/srv/git/dags.git"]
    address = remote_helper_address(command)
    assert address.startswith("ext::kubectl --kubeconfig /a% b/kubeconfig --context kind-longshore ")
    assert remote_helper_address(["100%"]) == "ext::100%%"
