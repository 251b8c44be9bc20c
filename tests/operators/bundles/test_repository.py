"""Git over HTTP with a password, as a private repository has it. The rest is in `test_git_snapshot.py`."""

import base64
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from longshore.bundles.exceptions import GitError
from longshore.bundles.repository import Repository
from operators.bundles.upstream import DAG, Upstream

TOKEN = "canary-token'\"$(x)"


@dataclass
class GitServer:
    """Git's own HTTP server program, behind a password."""

    root: Path
    token: str = TOKEN
    url: str = ""
    refused: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    server_state: GitServer

    def _serve(self) -> None:
        wanted = "Basic " + base64.b64encode(f"robot:{self.server_state.token}".encode()).decode()
        if self.headers.get("Authorization") != wanted:
            self.server_state.refused.append(self.path)
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=git")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, check=True,
            env={
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.server_state.root), "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command, "PATH_INFO": parts.path, "QUERY_STRING": parts.query,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "", "REMOTE_USER": "robot",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "", "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
            },
        )  # fmt: skip
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        self.send_response(200)
        for line in head.decode().splitlines():
            name, value = line.split(": ", 1)
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815  the names that BaseHTTPRequestHandler calls

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(upstream: Upstream) -> Iterator[GitServer]:
    state = GitServer(upstream.bare.parent)
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_state": state}))
    state.url = f"http://127.0.0.1:{http.server_port}/{upstream.bare.name}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials of git"
    folder.mkdir()
    (folder / "username").write_text("robot")
    (folder / "password").write_text(f"{TOKEN}\n")
    return folder


def test_private_repository_is_read_with_the_files_of_its_secret(
    server: GitServer, credentials: Path, upstream: Upstream, tmp_path: Path
) -> None:
    commit = upstream.push({"dags/flights.py": DAG})
    private = Repository(server.url, "main", None, credentials)
    assert private.head() == commit
    assert private.fetch(tmp_path / "clone.git") == commit
    assert not any(
        TOKEN in path.read_text(errors="replace") for path in tmp_path.rglob("clone.git/*") if path.is_file()
    )

    # Another token, while we run.
    server.token = "another"
    (credentials / "password").write_text("another")
    assert private.head() == commit


def test_wrong_token_is_an_error_that_does_not_tell_it(
    server: GitServer, credentials: Path, upstream: Upstream
) -> None:
    upstream.push({"dags/flights.py": DAG})
    server.token = "another"
    with pytest.raises(GitError, match="Authentication failed") as raised:
        Repository(server.url, "main", None, credentials).head()
    assert "canary" not in str(raised.value)


def test_password_that_is_missing_is_not_asked_for(server: GitServer, upstream: Upstream) -> None:
    upstream.push({"dags/flights.py": DAG})
    with pytest.raises(GitError, match="could not read Username"):
        Repository(server.url, "main", None).head()


@pytest.mark.parametrize(
    "branch", ["; rm -rf /", "--upload-pack=touch /tmp/x", "ma*", "a" * 300, "zweig-ä", "../main", ""]
)
def test_branch_that_does_not_exist_is_said_by_name(branch: str, upstream: Upstream) -> None:
    upstream.push({"dags/flights.py": DAG})
    with pytest.raises(GitError) as raised:
        Repository(upstream.url, branch, None).head()
    assert f"no branch {branch!r}" in str(raised.value)


def test_branch_is_not_taken_for_another_that_ends_like_it(upstream: Upstream) -> None:
    upstream.push({"dags/flights.py": DAG}, branch="refs/heads/main")
    with pytest.raises(GitError, match="no branch"):
        Repository(upstream.url, "main", None).head()


def test_branch_of_an_unusual_name_is_followed(upstream: Upstream, tmp_path: Path) -> None:
    commit = upstream.push({"dags/flights.py": DAG}, branch="feature/ä;$x")
    unusual = Repository(upstream.url, "feature/ä;$x", None)
    assert unusual.head() == unusual.fetch(tmp_path / "clone.git") == commit


def test_commit_that_does_not_exist_is_an_error(upstream: Upstream, tmp_path: Path) -> None:
    upstream.push({"dags/flights.py": DAG})
    with pytest.raises(GitError, match="not our ref"):
        Repository(upstream.url, None, "0" * 40).fetch(tmp_path / "clone.git")


def test_history_is_not_fetched(upstream: Upstream, tmp_path: Path) -> None:
    for number in range(3):
        upstream.push({"dags/flights.py": str(number)})
    Repository(upstream.url, "main", None).fetch(tmp_path / "clone.git")
    log = upstream.git("--git-dir", str(tmp_path / "clone.git"), "rev-list", "--all")
    assert len(log.splitlines()) == 1


def test_server_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"git://127.0.0.1:{silent.getsockname()[1]}/dags.git"
        with pytest.raises(GitError, match="did not answer"):
            Repository(url, "main", None, patience=0.5).head()
