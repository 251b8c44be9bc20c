"""The output of executors: on disk and in S3 as EMR on EKS leaves it, in pods that still exist, and collected."""

import gzip
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber
from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError
from longshore_cli.jobs.executor_logs import executor_logs, no_executor_logs
from saved_clusters import saved_cluster

KEYS: Any = {"aws_access_key_id": "KEY", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
CONTAINERS = "vc1/jobs/0001/containers/spark-0001"
KUBECTL = """#!/bin/sh
case "$*" in
  *"get pods"*) cat "$0.json" ;;
  *"logs run-exec-1 -c spark"*) echo "of the first" ;;
  *) echo "not found" >&2; exit 1 ;;
esac
"""


def run_with(log_uri: str) -> Any:
    monitoring = {"s3MonitoringConfiguration": {"logUri": log_uri}}
    overrides = {"monitoringConfiguration": monitoring}
    return {"id": "0001", "virtualClusterId": "vc1", "configurationOverrides": overrides if log_uri else {}}


def api_at(endpoint_url: str, **members: Any) -> JobApi:
    session = boto3.Session(**KEYS)
    emr = session.client("emr-containers", endpoint_url=endpoint_url)
    return JobApi(session=session, emr=emr, virtual_cluster_id=None, **members)


AWS, OURS = "https://emr-containers.us-east-1.amazonaws.com", "http://127.0.0.1:9"


def test_files_of_executors_lie_beside_the_drivers(tmp_path: Path) -> None:
    for pod, stream, text in (
        ("spark-0001-driver", "stdout", "no"),
        ("exec-1", "stdout", "a"),
        ("exec-1", "stderr", "b"),
    ):
        (tmp_path / CONTAINERS / pod).mkdir(parents=True, exist_ok=True)
        (tmp_path / CONTAINERS / pod / stream).write_text(text)
    found = executor_logs(api_at(OURS), run_with(tmp_path.as_uri()), print)
    assert [(part.place, part.content) for part in found] == [("exec-1/stdout", b"a"), ("exec-1/stderr", b"b")]


def test_a_run_without_a_log_uri_or_without_executors_has_none(tmp_path: Path) -> None:
    assert executor_logs(api_at(AWS), run_with(""), print) == []
    assert executor_logs(api_at(OURS), run_with(tmp_path.as_uri()), print) == []
    assert "On one machine they are a part of the driver's process" in no_executor_logs("0001")
    assert "kubectl logs -l emr-containers.amazonaws.com/job.id=0001," in no_executor_logs("0001")


def test_objects_of_executors_are_read_from_s3_and_unpacked() -> None:
    s3 = boto3.client("s3", **KEYS)
    folder = f"logs/{CONTAINERS}/"
    keys = ["exec-1/stdout.gz", "exec-2/stderr", "exec-2/notes.txt", "spark-0001-driver/stdout.gz"]
    with Stubber(s3) as stub:
        stub.add_response(
            "list_objects_v2",
            {"Contents": [{"Key": folder + key} for key in keys]},
            {"Bucket": "bucket", "Prefix": folder},
        )
        for key, content in (("exec-1/stdout.gz", gzip.compress(b"packed")), ("exec-2/stderr", b"plain")):
            body = StreamingBody(io.BytesIO(content), len(content))
            stub.add_response("get_object", {"Body": body}, {"Bucket": "bucket", "Key": folder + key})
        found = executor_logs(api_at(AWS), run_with("s3://bucket/logs/"), print, s3=s3)
    assert [(part.place, part.content) for part in found] == [("exec-1/stdout", b"packed"), ("exec-2/stderr", b"plain")]


def test_a_refusal_of_s3_names_the_objects() -> None:
    s3 = boto3.client("s3", **KEYS)
    api, run = api_at(AWS), run_with("s3://bucket/logs")
    with Stubber(s3) as stub:
        stub.add_client_error("list_objects_v2", "AccessDenied", "no", http_status_code=403)
        with pytest.raises(ApiError, match=r"below s3://bucket/logs/vc1/jobs/0001/.* cannot be listed"):
            executor_logs(api, run, print, s3=s3)


@contextmanager
def server_with(status: int, body: str, *, length: int | None = None) -> Iterator[str]:
    """A job server that answers every request so, or says that it is longer. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            if status == 400:
                self.send_header("x-amzn-ErrorType", "ResourceNotFoundException")
            if length is not None:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    paths: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert paths == ["/virtualclusters/vc1/jobruns/0001/lines"]


def collected(pod: str, line: str, *, component: str = "executor", stream: str = "stdout") -> str:
    return json.dumps({"time": "", "pod": pod, "container": "", "component": component, "stream": stream, "line": line})


COLLECTED = "\n".join(
    [
        collected("run-driver", "no", component="driver"),
        collected("run-exec-1", "of the first, earlier"),
        collected("run-exec-3", "a"),
        collected("run-exec-3", "b"),
        collected("run-exec-3", "wrong", stream="stderr"),
    ]
)


def test_what_the_server_has_collected_is_shown_when_the_pods_are_gone() -> None:
    with server_with(200, COLLECTED) as url:
        found = executor_logs(api_at(url), run_with("s3://bucket/logs"), print)
    assert [(part.place, part.content) for part in found] == [
        ("run-exec-1/stdout", b"of the first, earlier\n"),
        ("run-exec-3/stderr", b"wrong\n"),
        ("run-exec-3/stdout", b"a\nb\n"),
    ]


def test_a_server_without_a_store_has_nothing_and_one_whose_store_is_away_says_so() -> None:
    for status in (400, 404):
        with server_with(status, '{"message": "none"}') as url:
            assert executor_logs(api_at(url), run_with(""), print) == []
    with server_with(500, '{"message": "the store is away"}') as url:
        said: list[str] = []
        assert executor_logs(api_at(url), run_with(""), said.append) == []
    assert said == [f"Lines of executors whose pods are gone cannot be read now: {url} refuses: the store is away"]


def test_an_answer_that_is_cut_off_is_said_and_not_taken_for_the_whole() -> None:
    said: list[str] = []
    with server_with(200, COLLECTED, length=len(COLLECTED) + 100) as url:
        assert executor_logs(api_at(url), run_with(""), said.append) == []
    (line,) = said
    assert line.startswith(
        f"Lines of executors whose pods are gone cannot be read now: {url} does not answer: Incomplete"
    )


def test_pods_of_the_checkouts_cluster_are_asked_while_they_exist(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(KUBECTL)
    kubectl.chmod(0o755)
    component = "emr-containers.amazonaws.com/component"
    pods = ",".join(
        f'{{"metadata": {{"name": "{name}", "namespace": "jobs", "labels": {{"{component}": "{role}"}}}},'
        ' "spec": {"containers": [{"name": "spark"}]}}'
        for name, role in (("run-driver", "driver"), ("run-exec-1", "executor"), ("run-exec-2", "executor"))
    )
    (tmp_path / "kubectl.json").write_text(f'{{"items": [{pods}]}}')
    with server_with(200, COLLECTED) as url:
        found = executor_logs(api_at(url, cluster=saved_cluster(kubectl=str(kubectl))), run_with(""), print)
    # What a pod says itself is newer than what was collected of it.
    assert [(part.place, part.content) for part in found] == [
        ("run-exec-1/stdout", b"of the first\n"),
        ("run-exec-3/stderr", b"wrong\n"),
        ("run-exec-3/stdout", b"a\nb\n"),
    ]
