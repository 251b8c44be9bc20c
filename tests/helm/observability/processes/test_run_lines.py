"""A job run's lines from a real VictoriaLogs: all of them, in their order, and nobody else's."""

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from emr_containers.access.policies import load_policies
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.runtimes.logs.collected import LogStoreError, collected_lines
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import KubernetesSettings, Settings
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from helm.observability.processes.stack import Stack
from images.emr_containers.raw_http import SECRET_KEY, sign
from support.waiting import until

LINES = 500
NOW = int(time.time()) - 600
KEYS = {"all": SECRET_KEY, "none": SECRET_KEY}
POLICY: dict[str, Any] = {"Version": "2012-10-17"}


def row(number: int, *, at: int, namespace: str = "jobs", job_run: str = "0001", pod: str = "exec-1") -> dict[str, str]:
    """A line as the collector sends it, written `at` nanoseconds after NOW."""
    seconds, nanoseconds = divmod(at, 1_000_000_000)
    moment = datetime.fromtimestamp(NOW + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "_time": f"{moment}.{nanoseconds:09}Z",
        "_msg": f'line {number} "ä"',
        "k8s.namespace.name": namespace,
        "k8s.pod.name": pod,
        "k8s.container.name": "spark-kubernetes-executor",
        "job_run": job_run,
        "job_component": "executor",
        "log.iostream": "stdout",
    }


@pytest.fixture
def store(stack: Stack) -> Iterator[str]:
    """The address of a VictoriaLogs that has 500 lines of a job run, and lines of a pod elsewhere that says it is."""
    component = stack.component("logs")
    stack.start(component, f"{stack.url(9428)}/health")
    times = random.Random(7)  # noqa: S311  no secret
    rows = [row(n, at=times.randrange(300), pod=f"exec-{n % 3}") for n in range(LINES)]
    rows += [row(n, at=n, namespace="elsewhere") for n in range(20)] + [row(n, at=n, job_run="0002") for n in range(20)]
    body = "\n".join(json.dumps(each) for each in rows).encode()
    fields = "k8s.namespace.name,k8s.pod.name,k8s.container.name"
    url = f"{stack.url(9428)}/insert/jsonline?_stream_fields={fields}"
    try:
        # Under urllib's own content type the body would be dropped.
        sent = urllib.request.Request(url, data=body, headers={"Content-Type": "application/stream+json"})  # noqa: S310
        urllib.request.urlopen(sent, timeout=30).close()  # noqa: S310  a loopback address
        count = "* | stats count() all"
        until(lambda: f"all lines are there: {stack.count(count)}", lambda: stack.count(count)["all"] == LINES + 40)
        yield stack.url(9428)
    finally:
        component.stop()


@pytest.mark.parametrize("page", [20, 499, 500, 501, 5000])
def test_all_lines_of_a_run_come_once_in_their_order_by_pages_of_any_length(store: str, page: int) -> None:
    found = list(collected_lines(store, namespace="jobs", job_run="0001", since=NOW, until=NOW + 60, page=page))
    assert sorted(line.line for line in found) == sorted(f'line {n} "ä"' for n in range(LINES))
    times = [line.time.removesuffix("Z").partition(".") for line in found]  # the store leaves zeros out
    assert times == sorted(times, key=lambda each: (each[0], each[2].ljust(9, "0")))
    assert {line.pod for line in found} == {"exec-0", "exec-1", "exec-2"}


def test_more_lines_of_one_moment_than_a_page_are_refused_and_not_left_out(store: str) -> None:
    with pytest.raises(LogStoreError, match="More than 2 lines of '0001' have the time 20"):
        list(collected_lines(store, namespace="jobs", job_run="0001", since=NOW, until=None, page=2))


def answers(tmp_path: Path, logs_url: str | None, *paths: tuple[str, str]) -> list[httpx.Response]:
    """The server's answers to GETs of the keys, each a key and a path. The run '0001' is done."""
    tmp_path.mkdir(exist_ok=True)
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    settings = Settings(
        state_directory=tmp_path, database_url="", releases={}, kubernetes=KubernetesSettings(logs_url=logs_url)
    )
    runtime = ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path, releases={})
    statement = {"Effect": "Allow", "Action": "emr-containers:DescribeJobRun", "Resource": "*"}
    other = statement | {"Action": "emr-containers:ListVirtualClusters"}
    (tmp_path / "policies.json").write_text(
        json.dumps({key: POLICY | {"Statement": [each]} for key, each in zip(KEYS, (statement, other), strict=True)})
    )
    policies = load_policies(tmp_path / "policies.json", keys=KEYS, region="us-east-1", account="000000000000")
    service = Service(settings=settings, keys=KEYS, policies=policies, database=database, runtime=runtime)

    async def ask() -> list[httpx.Response]:
        application = build_application(service)
        transport = httpx.ASGITransport(app=application)
        async with application.router.lifespan_context(application), httpx.AsyncClient(transport=transport) as client:
            with database.write() as session:
                session.add_all(rows_of_a_run())
            return [
                await client.get(f"http://test{path}", headers=sign("http://test", "GET", path, key=key))
                for key, path in paths
            ]

    return asyncio.run(ask())


def rows_of_a_run() -> list[Any]:
    """The run '0001', which is done, and its virtual cluster."""
    common: dict[str, Any] = {"request_digest": "", "created_at": float(NOW), "created_by": "", "tags": {}}
    provider = {"info": {"eksInfo": {"namespace": "jobs"}}}
    return [
        VirtualCluster(id="vc1", client_token="1", name="jobs", state="RUNNING", container_provider=provider, **common),
        JobRun(
            id="0001",
            client_token="2",
            name="run",
            virtual_cluster_id="vc1",
            state="COMPLETED",
            finished_at=float(NOW + 60),
            spec={},
            **common,
        ),
    ]


PATH = "/virtualclusters/vc1/jobruns/0001/lines"


def test_whoever_may_describe_a_run_may_read_its_lines_and_nobody_else(store: str, tmp_path: Path) -> None:
    read, refused, missing = answers(tmp_path, store, ("all", PATH), ("none", PATH), ("all", PATH.replace("01", "02")))
    assert read.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in read.text.splitlines()]
    assert len(lines) == LINES
    assert lines[0].keys() == {"time", "pod", "container", "component", "stream", "line"}
    assert refused.status_code == 403
    assert missing.json()["message"].startswith("Job run '0002' does not exist")


def test_without_a_store_or_while_it_is_away_the_answer_says_so(tmp_path: Path) -> None:
    (without,) = answers(tmp_path, None, ("all", PATH))
    assert (without.status_code, "knows no store of the pods' lines" in without.json()["message"]) == (400, True)
    (away,) = answers(tmp_path / "other", "http://127.0.0.1:9", ("all", PATH))
    assert away.status_code == 500
    assert "The lines of job run '0001' cannot be read: http://127.0.0.1:9 does not answer" in away.json()["message"]
