"""The server's own log: which run a line is about, and what no line may hold."""

import shlex
import socket
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import presign, send, sign, signed
from support.job_runs import ROLE, job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY
from support.waiting import until

USER = f"arn:aws:iam::000000000000:user/{ACCESS_KEY}"


def lines(server: Server) -> list[dict[str, str]]:
    """The log's lines in logfmt, each as its keys and values."""
    written = [line for line in server.log().splitlines() if line.startswith("timestamp=")]
    return [dict(part.split("=", 1) for part in shlex.split(line)) for line in written]


def about(server: Server, job_run: str, event: str) -> dict[str, str]:
    """The line of this event of this job run."""

    def line() -> dict[str, str] | None:
        found = (line for line in lines(server) if line.get("job_run") == job_run and line["event"] == event)
        return next(found, None)

    return until(lambda: f"a line {event!r} of {job_run} in {server.log()}", line)


def test_every_line_about_a_run_names_it_its_virtual_cluster_and_attempt(
    server: Server, emr: Any, cluster: str
) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))["id"]
    wait(emr, cluster, run)
    for event in ("job run started", "job run ended an attempt"):
        line = about(server, run, event)
        assert (line["attempt"], line["virtual_cluster"], line["level"]) == ("1", cluster, "info")
    assert about(server, run, "job run ended an attempt")["state"] == "COMPLETED"


def test_an_accepted_start_and_cancel_name_caller_request_and_run(server: Server, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **job("sleep.sh", "/dev/null"))
    run = started["id"]
    wait(emr, cluster, run, "RUNNING")
    cancelled = emr.cancel_job_run(virtualClusterId=cluster, id=run)
    wait(emr, cluster, run)
    accepted = [line for line in lines(server) if line["event"] == "accepted" and line.get("job_run") == run]
    assert [line["operation"] for line in accepted] == ["StartJobRun", "CancelJobRun"]
    for line, answer in zip(accepted, (started, cancelled), strict=True):
        assert line["request"] == answer["ResponseMetadata"]["RequestId"]
        assert (line["caller"], line["virtual_cluster"]) == (USER, cluster)


def test_a_refusal_names_its_request_and_run(server: Server, emr: Any, cluster: str) -> None:
    run = f"0{uuid.uuid4().hex[:24]}"  # no other test's
    with pytest.raises(ClientError) as error:
        emr.describe_job_run(virtualClusterId=cluster, id=run)
    line = about(server, run, "refused")
    assert line["request"] == error.value.response["ResponseMetadata"]["RequestId"]
    assert (line["code"], line["virtual_cluster"]) == ("ResourceNotFoundException", cluster)


def test_a_request_on_the_same_connection_does_not_take_over_the_run_of_the_one_before(
    server: Server, cluster: str
) -> None:
    path, host = f"/virtualclusters/{cluster}/jobruns/{'1' * 25}", urlsplit(server.endpoint)
    sent = b""
    for target in (path, "/nothing"):
        headers = sign(server.endpoint, "GET", target)
        head = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        sent += "\r\n".join(head).encode()
    with socket.create_connection((host.hostname, host.port), timeout=30) as client:
        client.sendall(sent)
        received = b""
        while received.count(b"x-amzn-requestid: ") < 2 or not received.endswith(b"}"):
            chunk = client.recv(65536)
            assert chunk, received
            received += chunk
    after = received.rpartition(b"x-amzn-requestid: ")[2].split(b"\r\n")[0].decode()
    (line,) = [line for line in lines(server) if line.get("request") == after]
    assert line["path"] == "/nothing"
    assert "job_run" not in line


def test_nothing_that_a_job_is_given_and_no_key_is_logged(start_server: Callable[..., Server]) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    canary = f"canary{uuid.uuid4().hex}"
    driver = {
        "entryPoint": "local:///opt/longshore/hello.sh",
        "entryPointArguments": [canary, "${secret}"],
    }
    template = emr.create_job_template(
        name="t",
        jobTemplateData={
            "executionRoleArn": ROLE,
            "releaseLabel": "shell",
            "jobDriver": {"sparkSubmitJobDriver": driver},
            "parameterConfiguration": {"secret": {"type": "STRING", "defaultValue": canary}},
        },
    )["id"]
    tags = {"note": canary}
    requests = [
        job("hello.sh", canary, tags=tags),
        job("fail_silently.sh", canary),
        job("kill_itself.sh", canary),
        job("missing.sh", canary),
        job("hello.sh", canary, releaseLabel="shell-not-installed"),
        {"jobTemplateId": template, "jobTemplateParameters": {"secret": canary}},
    ]
    for request in requests:
        run = emr.start_job_run(virtualClusterId=cluster, **request)["id"]
        wait(emr, cluster, run)
        assert about(server, run, "accepted")
    for refused in (
        {"jobTemplateId": template, "jobTemplateParameters": {"none": canary}},
        job("hello.sh", canary, releaseLabel=canary),
        job("hello.sh", canary, name=f"not a name {canary}"),
        job("hello.sh", canary, retryPolicyConfiguration={"maxAttempts": 0}),
    ):
        with pytest.raises(ClientError):
            emr.start_job_run(virtualClusterId=cluster, **refused)
    for path in (f"/virtualclusters/{cluster}/jobruns/{run}/logs", "/nothing", "/virtualclusters"):
        url = urlsplit(presign(server.endpoint, f"{path}?x={canary}"))
        send(server.endpoint, "GET", f"{url.path}?{url.query}", {})
        send(server.endpoint, "GET", f"{url.path}?{url.query}x", {"X-Secret": canary})
    signature = sign(server.endpoint, "POST", "/virtualclusters", b"x")["Authorization"]
    signed(server.endpoint, "POST", "/virtualclusters", f'{{"name": "{canary}"'.encode())
    send(server.endpoint, "POST", "/virtualclusters", {"Authorization": signature, "X-Amz-Date": canary})
    server.stop()
    log = server.log()
    assert "accepted" in log
    assert "refused" in log
    for secret in (canary, SECRET_KEY, "Signature=", "X-Amz-Credential", signature[-64:]):
        assert secret not in log
