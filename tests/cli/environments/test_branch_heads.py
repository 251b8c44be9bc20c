"""The newest commit of a branch, from the repository itself."""

import base64
import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cli.dags.repositories import DAG, commit, git, repository, server
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.environments.branch_heads import (
    branch_head,
    cluster_repository_url,
    contains_commit,
    full_commit,
    local_commit,
    push_to_cluster,
)
from longshore_cli.exceptions import ClusterError, DeployError
from saved_clusters import saved_cluster


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return repository(tmp_path / "checkout")


@pytest.fixture
def cluster(tmp_path: Path) -> SavedCluster:
    """A cluster whose `kubectl exec` runs the command here."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    kubectl.chmod(0o755)
    return saved_cluster(kubectl=str(kubectl), git_repository=str(server(tmp_path / "dags.git")))


@pytest.fixture
def public(checkout: Path, tmp_path: Path) -> Iterator[str]:
    """The checkout's repository, over HTTP."""
    with served(checkout, tmp_path, authorization=None) as url:
        yield url


@pytest.fixture
def private(checkout: Path, tmp_path: Path) -> Iterator[str]:
    """The same, for ann only."""
    with served(checkout, tmp_path, authorization="Basic " + base64.b64encode(b"ann:secret").decode()) as url:
        yield url


@contextmanager
def served(checkout: Path, tmp_path: Path, *, authorization: str | None) -> Iterator[str]:
    bare = server(tmp_path / "public.git")
    git(checkout, "push", "--quiet", str(bare), "HEAD:refs/heads/main", "HEAD:refs/heads/feature/main")
    git(bare, "update-server-info")

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if authorization in (None, self.headers.get("Authorization")):
                super().do_GET()
                return
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}/public.git"
        running.shutdown()
        thread.join()


def test_the_clusters_own_repository_is_the_one_that_its_airflow_follows(cluster: SavedCluster) -> None:
    assert cluster_repository_url(saved_cluster()) == "git://git.longshore:9418/dags.git"


def test_the_clusters_own_repository_is_read_within_the_cluster(checkout: Path, cluster: SavedCluster) -> None:
    url = cluster_repository_url(cluster)
    assert branch_head(url, "main", cluster=cluster) is None
    sha = git(checkout, "rev-parse", "HEAD")
    push_to_cluster(checkout, sha, branch="feature/main", there=None, cluster=cluster)
    assert branch_head(url, "feature/main", cluster=cluster) == sha
    assert branch_head(url, "feature", cluster=cluster) is None


def test_a_push_of_another_user_is_not_overwritten(checkout: Path, cluster: SavedCluster) -> None:
    theirs = git(checkout, "rev-parse", "HEAD")
    mine = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    push_to_cluster(checkout, theirs, branch="x", there=None, cluster=cluster)
    for seen in (None, mine):
        with pytest.raises(DeployError, match="Another user has just pushed to 'x'"):
            push_to_cluster(checkout, mine, branch="x", there=seen, cluster=cluster)
    assert branch_head(cluster_repository_url(cluster), "x", cluster=cluster) == theirs
    push_to_cluster(checkout, mine, branch="x", there=theirs, cluster=cluster)
    assert branch_head(cluster_repository_url(cluster), "x", cluster=cluster) == mine


def test_a_commit_contains_its_ancestors(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    second = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    assert contains_commit(checkout, second, first)
    assert not contains_commit(checkout, first, second)
    assert not contains_commit(checkout, second, "a" * 40)


def test_a_private_repository_is_read_with_the_users_own_credentials(
    private: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with pytest.raises(ClusterError, match="cannot be read"):
        branch_head(private, "main", cluster=None)
    helper = '!f() { test "$1" = get && echo username=ann && echo password=secret; }; f'
    git(tmp_path, "config", "--file", str(tmp_path / "gitconfig"), "credential.helper", helper)
    assert branch_head(private, "main", cluster=None) is not None


def test_another_repository_is_read_from_here(checkout: Path, public: str) -> None:
    assert branch_head(public, "main", cluster=None) == git(checkout, "rev-parse", "HEAD")
    assert branch_head(public, "feature", cluster=None) is None


@pytest.mark.parametrize("url", ["ext::sh -c true", "--upload-pack=true", "file:///etc", "http://127.0.0.1:9/x.git"])
def test_an_unreadable_repository_is_reported_and_runs_nothing(url: str) -> None:
    with pytest.raises(ClusterError, match="cannot be read"):
        branch_head(url, "main", cluster=None)


def test_the_checkouts_commit_of_a_branch_is_found(checkout: Path, tmp_path: Path) -> None:
    assert local_commit(checkout / "dags", "main") == git(checkout, "rev-parse", "HEAD")
    assert local_commit(checkout, "none") is None
    assert local_commit(tmp_path, "main") is None


def test_a_short_commit_is_completed(checkout: Path, tmp_path: Path) -> None:
    sha = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    assert full_commit(checkout, sha[:8]) == full_commit(tmp_path, sha) == sha
    for name in ("none", "--all", sha[:8]):
        with pytest.raises(ClusterError, match="is not a commit of this checkout"):
            full_commit(tmp_path, name)
