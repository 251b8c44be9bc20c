"""The command line, as a user types it."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from .conftest import PROGRAM, RELEASES, Server, job, new_cluster, wait

CLUSTER = """
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {token: canary}}]
"""


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    keys = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "canary", "TERM": "dumb", "COLUMNS": "200"}
    return subprocess.run(
        [PROGRAM, *arguments], env=os.environ | keys | environment, capture_output=True, text=True, timeout=30
    )


@pytest.fixture
def releases(tmp_path: Path) -> str:
    (tmp_path / "releases.toml").write_text(RELEASES)
    return str(tmp_path / "releases.toml")


def test_the_help_names_every_option() -> None:
    done = run("serve", "--help")
    assert done.returncode == 0
    for option in (
        "--releases",
        "--state-directory",
        "--runtime",
        "--database-url",
        "--database-url-file",
        "--credentials-file",
        "--policies-file",
        "--host",
        "--port",
        "--max-running",
        "--log-uri",
        "--job-ttl",
        "--start-error-timeout",
        "--refuse-oversized",
        "--no-refuse-oversized",
        "--yunikorn-url",
        "--region",
        "--account-id",
    ):
        assert option in done.stdout


def refusal(*arguments: str, **environment: str) -> str:
    done = run("serve", *arguments, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("emr-containers: ")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr
    return done.stderr


def test_a_bad_release_table_is_one_line_and_status_2(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[a]\nkind =")
    assert f"The release table {str(bad)!r} is not TOML" in refusal(f"--releases={bad}")


def test_missing_keys_and_a_bad_database_are_one_line_and_status_2(tmp_path: Path, releases: str) -> None:
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}")
    assert "No key pair in AWS_ACCESS_KEY_ID" in refusal(*arguments, AWS_ACCESS_KEY_ID="")
    assert "--database-url" in refusal(*arguments, "--database-url=canary")


def test_what_cannot_be_used_is_named_with_its_option(tmp_path: Path, releases: str) -> None:
    table = f"--releases={releases}"
    assert "'/proc/nope' cannot be written to: No such file or directory; name another one with --state-directory" in (
        refusal(table, "--state-directory=/proc/nope")
    )
    url = "--database-url=postgresql+psycopg://u:canary@127.0.0.1:9/jobs"
    assert "connection failed" in refusal(table, f"--state-directory={tmp_path}", url)
    assert "--account-id must be 12 digits" in refusal(table, "--account-id=1")
    assert "--region be like us-east-1" in refusal(table, "--region=")


def test_a_database_url_in_a_file_is_not_shown(tmp_path: Path, releases: str) -> None:
    url = tmp_path / "url"
    url.write_text("postgresql+psycopg://u:canary@127.0.0.1:9/jobs\n")
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}")
    assert "postgresql+psycopg://u:***@127.0.0.1:9/jobs' cannot be opened" in (
        refusal(*arguments, f"--database-url-file={url}")
    )
    assert "--database-url cannot be used with --database-url-file; use one of them" in refusal(
        *arguments, f"--database-url-file={url}", "--database-url=sqlite:////tmp/x"
    )
    assert f"The file '{tmp_path / 'none'}' of --database-url-file cannot be read: No such file" in refusal(
        *arguments, f"--database-url-file={tmp_path / 'none'}"
    )


def test_what_kubernetes_lacks_is_said_at_the_start(tmp_path: Path, releases: str) -> None:
    arguments = ("--runtime=kubernetes", f"--releases={releases}", f"--state-directory={tmp_path / 'state'}")
    config = tmp_path / "config"
    in_no_cluster = f"--runtime kubernetes finds no cluster, nor the file '{config}'"
    assert in_no_cluster in refusal(*arguments, KUBECONFIG=str(config))
    config.write_text("kind: Config")
    assert "The cluster cannot be reached as it is configured: " in refusal(*arguments, KUBECONFIG=str(config))
    config.write_text(CLUSTER)
    assert "Release 'shell' has no `image`" in refusal(*arguments, KUBECONFIG=str(config))
    assert "--log-uri is 'file:///logs'; use an s3://bucket/" in refusal(*arguments, "--log-uri=file:///logs")


def test_an_address_of_yunikorn_that_is_none_is_refused_and_not_shown(tmp_path: Path, releases: str) -> None:
    arguments = ("--runtime=kubernetes", f"--releases={releases}", f"--state-directory={tmp_path}")
    assert "--yunikorn-url must be http:// or https://, a host and a port" in refusal(
        *arguments, "--yunikorn-url=http://u:canary@yunikorn:9080"
    )


def test_an_option_of_kubernetes_is_refused_for_processes(tmp_path: Path, releases: str) -> None:
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}")
    for option in (
        "--log-uri=s3://b/logs",
        "--job-ttl=1",
        "--start-error-timeout=1",
        "--no-refuse-oversized",
        "--yunikorn-url=http://yunikorn:9080",
    ):
        assert "is of --runtime kubernetes; leave it out" in refusal(*arguments, option)


def test_a_second_server_of_one_state_directory_or_one_database_does_not_start(
    start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    releases, state = f"--releases={tmp_path / 'releases.toml'}", tmp_path / "state"
    assert f"The state directory '{state}' is in use by another server" in refusal(
        releases, f"--state-directory={state}", "--port=0"
    )
    database = f"sqlite:///{state / 'emr-containers.sqlite'}"
    second = (releases, f"--state-directory={tmp_path / 'other'}", f"--database-url={database}", "--port=0")
    assert "is in use by another server: end that one first" in refusal(*second)
    server.stop(signal.SIGKILL)
    server.start()


def test_a_server_whose_output_nobody_reads_goes_on(tmp_path: Path, start_server: Callable[..., Server]) -> None:
    server = start_server("--max-running=1")  # makes the files
    server.stop()
    command = [PROGRAM, "serve", f"--releases={tmp_path / 'releases.toml'}", f"--state-directory={tmp_path / 'state'}"]
    command += [f"--credentials-file={tmp_path / 'credentials'}", "--port=0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        server.endpoint = process.stdout.readline().split()[-1]
        process.stdout.close()
        emr = server.client()
        cluster = new_cluster(emr)
        with pytest.raises(ClientError, match="does not exist"):
            emr.describe_job_run(virtualClusterId=cluster, id="0" * 25)
        run = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"]
        assert wait(emr, cluster, run)["state"] == "COMPLETED"
        process.terminate()


def test_a_port_that_is_taken_is_named(tmp_path: Path, releases: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = refusal(f"--releases={releases}", f"--state-directory={tmp_path}", f"--port={port}")
    assert f"The address 127.0.0.1:{port} cannot be listened on: Address already in use" in text


def test_a_port_that_is_none_is_refused(releases: str) -> None:
    done = run("serve", f"--releases={releases}", "--port=65536")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_client_that_never_ends_its_request_does_not_keep_the_server_from_ending(
    start_server: Callable[..., Server],
) -> None:
    server = start_server()
    host, port = server.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /virtualclusters HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
        assert server.process is not None
        server.process.terminate()
        assert server.process.wait(timeout=15) in (0, -15)
