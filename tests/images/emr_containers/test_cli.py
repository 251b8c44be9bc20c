"""The command line, as a user types it."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from forked import Warm
from images.emr_containers.conftest import RELEASES, Server
from support.job_runs import job, new_cluster, wait
from support.serving import PROGRAM

CLUSTER = """
apiVersion: v1
kind: Config
current-context: c
contexts: [{name: c, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
users: [{name: u, user: {token: canary}}]
"""


SURROUNDINGS = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "canary", "TERM": "dumb", "COLUMNS": "200"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(warm: Warm, tmp_path: Path) -> Run:
    """Runs the program to its end."""

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        output, errors = tmp_path / "stdout", tmp_path / "stderr"
        for file in (output, errors):
            file.write_text("")
        process = warm.start(*arguments, output=output, errors=errors, **SURROUNDINGS | environment)
        status = process.wait(timeout=120)
        return subprocess.CompletedProcess(arguments, status, output.read_text(), errors.read_text())

    return run


@pytest.fixture
def refusal(run: Run) -> Callable[..., str]:
    """Runs a server that refuses to start; returns why."""

    def refusal(*arguments: str, **environment: str) -> str:
        done = run("serve", *arguments, **environment)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("emr-containers: ")
        assert done.stderr.count("\n") == 1
        assert "canary" not in done.stderr
        return done.stderr

    return refusal


@pytest.fixture
def releases(tmp_path: Path) -> str:
    (tmp_path / "releases.toml").write_text(RELEASES)
    return str(tmp_path / "releases.toml")


def test_the_help_names_every_option() -> None:
    # The program itself, as it is installed.
    done = subprocess.run(
        [PROGRAM, "serve", "--help"], env=os.environ | SURROUNDINGS, capture_output=True, text=True, check=False
    )
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
        "--logs-url",
        "--log-uri-prefix",
        "--service-account",
        "--job-user",
        "--region",
        "--account-id",
    ):
        assert option in done.stdout


def test_a_bad_release_table_is_one_line_and_status_2(refusal: Callable[..., str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[a]\nkind =")
    assert f"The release table {str(bad)!r} is not TOML" in refusal(f"--releases={bad}")


def test_missing_keys_and_a_bad_database_are_one_line_and_status_2(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}")
    assert "No key pair in AWS_ACCESS_KEY_ID" in refusal(*arguments, AWS_ACCESS_KEY_ID="")
    assert "--database-url" in refusal(*arguments, "--database-url=canary")


def test_what_cannot_be_used_is_named_with_its_option(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    table = f"--releases={releases}"
    assert "'/proc/nope' cannot be written to: No such file or directory; name another one with --state-directory" in (
        refusal(table, "--state-directory=/proc/nope")
    )
    url = "--database-url=postgresql+psycopg://u:canary@127.0.0.1:9/jobs"
    assert "connection failed" in refusal(table, f"--state-directory={tmp_path}", url)
    assert "--account-id must be 12 digits" in refusal(table, "--account-id=1")
    assert "--region must be like us-east-1" in refusal(table, "--region=")


def test_a_database_url_in_a_file_is_not_shown(refusal: Callable[..., str], tmp_path: Path, releases: str) -> None:
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


def test_what_kubernetes_lacks_is_said_at_the_start(refusal: Callable[..., str], tmp_path: Path, releases: str) -> None:
    arguments = ("--runtime=kubernetes", f"--releases={releases}", f"--state-directory={tmp_path / 'state'}")
    config = tmp_path / "config"
    in_no_cluster = f"--runtime kubernetes finds no cluster: the file '{config}'"
    assert in_no_cluster in refusal(*arguments, KUBECONFIG=str(config))
    config.write_text("kind: Config")
    assert "The configuration of the cluster cannot be used: " in refusal(*arguments, KUBECONFIG=str(config))
    config.write_text(CLUSTER)
    assert "Release 'shell' has no `image`" in refusal(*arguments, KUBECONFIG=str(config))
    assert "--log-uri is 'file:///logs'; use an s3://bucket/" in refusal(*arguments, "--log-uri=file:///logs")


def test_an_address_of_yunikorn_that_is_none_is_refused_and_not_shown(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    arguments = ("--runtime=kubernetes", f"--releases={releases}", f"--state-directory={tmp_path}")
    assert "--yunikorn-url must be http:// or https://, a host and a port" in refusal(
        *arguments, "--yunikorn-url=http://u:canary@yunikorn:9080"
    )
    assert "--logs-url must be http:// or https://, a host and a port, as in http://logs.observability:9428" in refusal(
        *arguments, "--logs-url=logs:9428"
    )


def test_case_10_a_table_or_a_prefix_that_is_wrong_is_named(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    arguments = ("--runtime=kubernetes", f"--releases={releases}", f"--state-directory={tmp_path}")
    role = "arn:aws:iam::000000000000:role/a"
    for row in ("spark", f"{role}=", f"{role}=Team", f"{role}", "role/a=spark"):
        assert f"--service-account is {row!r}; use ROLE_ARN=NAME" in refusal(*arguments, f"--service-account={row}")
    twice = (f"--service-account={role}=a", f"--service-account={role}=b")
    assert f"--service-account names the role {role!r} twice" in refusal(*arguments, *twice)
    for prefix in ("/srv/logs", "s3://bucket/../x", "s3://"):
        assert f"--log-uri-prefix is {prefix!r}; use s3://" in refusal(*arguments[1:], f"--log-uri-prefix={prefix}")


def test_case_9_a_statement_that_can_never_match_keeps_the_server_from_starting(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    statement = '{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:emr-containers:*:*:virtualclusters/*"}'
    policies = tmp_path / "policies.json"
    policies.write_text(f'{{"A": {{"Version": "2012-10-17", "Statement": [{statement}]}}}}')
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}", f"--policies-file={policies}")
    assert "statement 1 of the policy of 'A' has the Resource 'arn:aws:emr-containers:*:*:virtualclusters/*'" in (
        refusal(*arguments)
    )
    policies.write_text(policies.read_text().replace(":virtualclusters", ":/virtualclusters"))
    assert "--account-id" not in refusal(*arguments, "--port=0", "--database-url=canary")
    # The account and the region are those of this server.
    policies.write_text(policies.read_text().replace(":*:*:", ":*:111122223333:"))
    assert "arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/ID" in refusal(*arguments)


def test_a_job_is_kept_longer_than_a_late_request_may_take(run: Run, tmp_path: Path, releases: str) -> None:
    done = run(
        "serve", f"--releases={releases}", f"--state-directory={tmp_path}", "--runtime=kubernetes", "--job-ttl=599"
    )
    assert done.returncode == 2
    assert "600" in done.stderr


def test_an_option_of_kubernetes_is_refused_for_processes(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path}")
    for option in (
        "--log-uri=s3://b/logs",
        "--job-ttl=600",
        "--start-error-timeout=1",
        "--no-refuse-oversized",
        "--yunikorn-url=http://yunikorn:9080",
        "--logs-url=http://logs:9428",
        "--service-account=arn:aws:iam::000000000000:role/a=a",
    ):
        assert "needs --runtime kubernetes; leave it out" in refusal(*arguments, option)


def test_a_second_server_of_one_state_directory_or_one_database_does_not_start(
    refusal: Callable[..., str], start_server: Callable[..., Server], tmp_path: Path
) -> None:
    server = start_server()
    releases, state = f"--releases={tmp_path / 'releases.toml'}", tmp_path / "state"
    assert f"The state directory '{state}' is in use by another server" in refusal(
        releases, f"--state-directory={state}", "--port=0"
    )
    database = f"sqlite:///{state / 'emr-containers.sqlite'}"
    second = (releases, f"--state-directory={tmp_path / 'other'}", f"--database-url={database}", "--port=0")
    assert "is in use by another server: stop that server first" in refusal(*second)
    server.stop(signal.SIGKILL)
    server.start()


def test_a_server_whose_output_is_not_read_goes_on(tmp_path: Path, start_server: Callable[..., Server]) -> None:
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


def test_a_port_that_is_taken_is_named(refusal: Callable[..., str], tmp_path: Path, releases: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = refusal(f"--releases={releases}", f"--state-directory={tmp_path}", f"--port={port}")
    assert f"The address 127.0.0.1:{port} cannot be used: Address already in use" in text


def test_a_port_that_is_none_is_refused(run: Run, releases: str) -> None:
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run jobs as another user")
def test_case_1_a_jobs_user_that_could_read_the_servers_files_is_refused(
    refusal: Callable[..., str], tmp_path: Path, releases: str
) -> None:
    arguments = (f"--releases={releases}", f"--state-directory={tmp_path / 'state'}", "--port=0", "--job-user=60888")
    assert "--job-user needs --runtime process" in refusal(*arguments, "--runtime=kubernetes")
    keys = tmp_path / "keys"
    keys.write_text("[default]\naws_access_key_id = A\naws_secret_access_key = canary\n")
    keys.chmod(0o644)
    assert f"The file '{keys}' of --credentials-file can be read" in refusal(*arguments, f"--credentials-file={keys}")
    keys.chmod(0o600)
    url = tmp_path / "url"
    url.write_text("sqlite://")
    url.chmod(0o604)
    both = (f"--credentials-file={keys}", f"--database-url-file={url}")
    assert "of --database-url-file can be read or replaced" in refusal(*arguments, *both)


def test_case_1_a_server_whose_jobs_are_not_separated_says_so_once(start_server: Callable[..., Server]) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    for _ in range(2):
        wait(emr, cluster, emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"])
    way = "name another user with --job-user" if os.geteuid() == 0 else "only root can run them as another user"
    (line,) = [line for line in server.log().splitlines() if "jobs run as the server's own user" in line]
    assert way in line
