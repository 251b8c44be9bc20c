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
from cluster_environments import environment
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.environments.heads import bring, full_commit, head, holds, local_commit, own_repository
from longshore_cli.exceptions import ClusterError, DeployError


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return repository(tmp_path / "checkout")


@pytest.fixture
def own(tmp_path: Path) -> ClusterEnvironment:
    """A cluster whose `kubectl exec` runs the command here."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text('#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n')
    kubectl.chmod(0o755)
    return environment(kubectl=str(kubectl), git_repository=str(server(tmp_path / "dags.git")))


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


def test_the_clusters_own_repository_is_the_one_that_its_airflow_follows(own: ClusterEnvironment) -> None:
    assert own_repository(environment()) == "git://git.longshore:9418/dags.git"


def test_the_clusters_own_repository_is_asked_within_the_cluster(checkout: Path, own: ClusterEnvironment) -> None:
    url = own_repository(own)
    assert head(url, "main", own=own) is None
    sha = git(checkout, "rev-parse", "HEAD")
    bring(checkout, sha, branch="feature/main", there=None, own=own)
    assert head(url, "feature/main", own=own) == sha
    assert head(url, "feature", own=own) is None


def test_what_somebody_pushes_meanwhile_is_not_overwritten(checkout: Path, own: ClusterEnvironment) -> None:
    theirs = git(checkout, "rev-parse", "HEAD")
    mine = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    bring(checkout, theirs, branch="x", there=None, own=own)
    for seen in (None, mine):
        with pytest.raises(DeployError, match="Somebody else has pushed to 'x'"):
            bring(checkout, mine, branch="x", there=seen, own=own)
    assert head(own_repository(own), "x", own=own) == theirs
    bring(checkout, mine, branch="x", there=theirs, own=own)
    assert head(own_repository(own), "x", own=own) == mine


def test_a_commit_holds_those_before_it(checkout: Path) -> None:
    first = git(checkout, "rev-parse", "HEAD")
    second = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    assert holds(checkout, second, first)
    assert not holds(checkout, first, second)
    assert not holds(checkout, second, "a" * 40)


def test_a_private_repository_is_asked_with_the_users_own_credentials(
    private: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with pytest.raises(ClusterError, match="cannot be asked"):
        head(private, "main", own=None)
    helper = '!f() { test "$1" = get && echo username=ann && echo password=secret; }; f'
    git(tmp_path, "config", "--file", str(tmp_path / "gitconfig"), "credential.helper", helper)
    assert head(private, "main", own=None) is not None


def test_another_repository_is_asked_from_here(checkout: Path, public: str) -> None:
    assert head(public, "main", own=None) == git(checkout, "rev-parse", "HEAD")
    assert head(public, "feature", own=None) is None


@pytest.mark.parametrize("url", ["ext::sh -c true", "--upload-pack=true", "file:///etc", "http://127.0.0.1:9/x.git"])
def test_what_cannot_be_asked_is_told_and_runs_nothing(url: str) -> None:
    with pytest.raises(ClusterError, match="cannot be asked"):
        head(url, "main", own=None)


def test_the_checkouts_commit_of_a_branch(checkout: Path, tmp_path: Path) -> None:
    assert local_commit(checkout / "dags", "main") == git(checkout, "rev-parse", "HEAD")
    assert local_commit(checkout, "none") is None
    assert local_commit(tmp_path, "main") is None


def test_a_commit_is_named_in_full(checkout: Path, tmp_path: Path) -> None:
    sha = commit(checkout, "two", {"dags/two.py": DAG.format(name="two")})
    assert full_commit(checkout, sha[:8]) == full_commit(tmp_path, sha) == sha
    for name in ("none", "--all", sha[:8]):
        with pytest.raises(ClusterError, match="is no commit of this checkout"):
            full_commit(tmp_path, name)
