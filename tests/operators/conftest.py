"""A stand-in for the EMR Containers API on loopback: real HTTP, states by script.

The real server is tested with the operators in `tests/embedded`; here an outage, a throttling answer or a state that
lasts is a line in a test.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from longshore.waiting import outcome

CLUSTER = "vc0000000000000000000000001"
PASSWORD = "canary-password"


@dataclass
class Api:
    """The stand-in's answers, and the requests that it got."""

    states: list[dict[str, str]] = field(default_factory=lambda: [{"state": "COMPLETED"}])
    """The states that DescribeJobRun returns, one after another; the last one repeats."""
    failures: list[tuple[int, str, str]] = field(default_factory=list)
    """Status, code and message of the next answers."""
    cluster_state: str = "RUNNING"
    templates: list[dict[str, Any]] = field(default_factory=list)
    template_data: dict[str, Any] = field(default_factory=dict)
    """The `jobTemplateData` of every template."""
    job_runs: dict[str, str] = field(default_factory=dict)
    """Client token to job run id."""
    listed: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 100
    """Number of job runs on a page of ListJobRuns."""
    one_by_one: dict[str, dict[str, str]] = field(default_factory=dict)
    """DescribeJobRun's answers for these job runs, instead of `states`."""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path with query, and body."""
    url: str = ""

    def asked(self, method: str, part: str = "") -> list[tuple[str, str, Any]]:
        return [request for request in self.requests if request[0] == method and part in request[1]]

    def answer(self, method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        self.requests.append((method, target, body))
        if self.failures:
            status, code, message = self.failures.pop(0)
            return status, {"code": code, "message": message}
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/jobtemplates":
            start = int(query.get("nextToken", ["0"])[0])
            more = {"nextToken": str(start + 2)} if start + 2 < len(self.templates) else {}
            return 200, {"templates": self.templates[start : start + 2], **more}
        if path.startswith("/jobtemplates/"):
            return 200, {"jobTemplate": {"id": path.rsplit("/", 1)[-1], "jobTemplateData": self.template_data}}
        if path == f"/virtualclusters/{CLUSTER}":
            return 200, {"virtualCluster": {"id": CLUSTER, "name": "flights", "state": self.cluster_state}}
        if path.startswith("/tags/"):
            return 200, {}
        if method == "POST":
            job_run_id = self.job_runs.setdefault(body["clientToken"], f"{len(self.job_runs) + 1:019d}")
            return 200, {"id": job_run_id, "name": body["name"], "virtualClusterId": CLUSTER}
        if path.endswith("/jobruns"):
            start = int(query.get("nextToken", ["0"])[0])
            more = {"nextToken": str(start + self.page_size)} if start + self.page_size < len(self.listed) else {}
            return 200, {"jobRuns": self.listed[start : start + self.page_size], **more}
        job_run_id = path.rsplit("/", 1)[-1]
        if method == "DELETE":
            return 200, {"id": job_run_id, "virtualClusterId": CLUSTER}
        state = self.one_by_one.get(job_run_id) or (self.states.pop(0) if len(self.states) > 1 else self.states[0])
        arn = f"arn:aws:emr-containers:eu-central-1:0:/virtualclusters/vc1/jobruns/{job_run_id}"
        return 200, {"jobRun": {"id": job_run_id, "arn": arn, "virtualClusterId": CLUSTER, **state}}


class _Handler(BaseHTTPRequestHandler):
    api: Api

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, answer = self.api.answer(self.command, self.path, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        if status >= 400:
            self.send_header("x-amzn-ErrorType", answer["code"])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815  the names that BaseHTTPRequestHandler calls

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def api() -> Iterator[Api]:
    state = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _logs_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most job runs here have no driver's log."""
    monkeypatch.setattr(outcome, "LOG_PATIENCE", 0.0)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the connection aws_default; keywords are its `service_config["emr-containers"]`."""

    def set_connection(url: str, **service: str | None) -> None:
        values = {"virtual_cluster_id": CLUSTER, "endpoint_url": url, **service}
        extra = {
            "region_name": "eu-central-1",
            "service_config": {"emr-containers": {k: v for k, v in values.items() if v is not None}},
            "config_kwargs": {"retries": {"mode": "standard", "total_max_attempts": 1}},
        }
        connection = {"conn_type": "aws", "login": "AKIDEXAMPLE", "password": PASSWORD, "extra": extra}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))

    return set_connection


@dataclass
class Store:
    """The part of Airflow's task state store that the operators use; it lasts from try to try."""

    values: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        self.values.pop(key, None)


@dataclass
class TaskInstance:
    """The part of Airflow's task instance that the operators use."""

    dag_id: str = "flights"
    run_id: str = "manual__2026-01-01"
    task_id: str = "load"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 3
    id: str = "0197"
    xcom: dict[str, Any] = field(default_factory=dict)
    store: Store = field(default_factory=Store)

    def xcom_push(self, key: str, value: Any) -> None:
        json.dumps(value)
        self.xcom[key] = value

    def xcom_pull(self, key: str, task_ids: str, map_indexes: int) -> Any:
        assert (task_ids, map_indexes) == (self.task_id, self.map_index)
        return self.xcom.get(key)


@pytest.fixture
def make_ti() -> type[TaskInstance]:
    return TaskInstance


@pytest.fixture
def run() -> Callable[..., Any]:
    """Calls an operator's execute as the task runner does: `run(operator, ti)`."""
    from airflow.sdk.bases.operator import ExecutorSafeguard

    def execute(operator: Any, ti: TaskInstance) -> Any:
        token = ExecutorSafeguard.tracker.set(operator)
        try:
            return operator.execute(context={"ti": ti, "task_state_store": ti.store})
        finally:
            ExecutorSafeguard.tracker.reset(token)

    return execute


@pytest.fixture
def write_log(tmp_path: Path) -> SimpleNamespace:
    """`uri`: a log location; `write(job_run_id, stream, data)` puts a driver's log there, by AWS's layout."""

    def write(job_run_id: str, stream: str, data: bytes) -> None:
        folder = tmp_path / f"logs/{CLUSTER}/jobs/{job_run_id}/containers/spark-{job_run_id}/spark-{job_run_id}-driver"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / stream).write_bytes(data)

    return SimpleNamespace(uri=f"file://{tmp_path}/logs", write=write)
