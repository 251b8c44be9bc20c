"""The metrics of a real server, read by Prometheus's own parser."""

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from emr_containers.api.model import service_model
from emr_containers.http.app import build_application
from emr_containers.http.service import Service
from emr_containers.metrics import exposition
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.settings import Settings
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import send, signed
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from support.job_runs import job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY
from support.waiting import until

PREFIX = "emr_containers_"


def parse(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def scrape(server: Server) -> dict[str, Metric]:
    answer = send(server.endpoint, "GET", "/metrics", {})
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return parse(answer.body.decode())


def value(families: dict[str, Metric], sample: str, **labels: str) -> float:
    found = [s.value for f in families.values() for s in f.samples if s.name == PREFIX + sample and s.labels == labels]
    assert len(found) <= 1
    return found[0] if found else 0.0


def test_requests_attempts_and_job_runs_are_counted(start_server: Callable[..., Server], tmp_path: Path) -> None:
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    retry = {"retryPolicyConfiguration": {"maxAttempts": 2}}
    runs = [
        emr.start_job_run(virtualClusterId=cluster, **job(script))["id"]
        for script in ("hello.sh", "hello.sh", "fail.sh")
    ]
    for run in runs:
        wait(emr, cluster, run)
    waiting = emr.start_job_run(virtualClusterId=cluster, **job("second_time.sh", str(tmp_path / "x"), **retry))["id"]
    until("an attempt is counted", lambda: value(scrape(server), "attempts_ended_total", state="PENDING") == 1)
    emr.cancel_job_run(virtualClusterId=cluster, id=waiting)
    with pytest.raises(ClientError):
        emr.start_job_run(virtualClusterId=cluster, **job("hello.sh", releaseLabel="none"))
    signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/jobruns/{runs[0]}/logs")
    send(server.endpoint, "GET", "/nothing", {})

    families = scrape(server)
    assert value(families, "requests_total", operation="StartJobRun", status="200") == 4
    assert value(families, "requests_total", operation="StartJobRun", status="400") == 1
    assert value(families, "requests_total", operation="CancelJobRun", status="200") == 1
    assert value(families, "requests_total", operation="JobLog", status="200") == 1
    assert value(families, "requests_total", operation="Unknown", status="403") == 1
    assert value(families, "request_duration_seconds_count", operation="StartJobRun") == 5
    assert value(families, "request_duration_seconds_bucket", operation="StartJobRun", le="+Inf") == 5
    assert value(families, "request_duration_seconds_sum", operation="StartJobRun") > 0
    assert value(families, "attempts_started_total") == 4
    ended = {"COMPLETED": 2, "FAILED": 1, "PENDING": 1}
    assert {state: value(families, "attempts_ended_total", state=state) for state in ended} == ended
    states = {sample.labels["state"]: sample.value for sample in families[f"{PREFIX}job_runs"].samples}
    assert states.keys() == set(service_model().shape_for("JobRunState").metadata["enum"])
    assert {state: number for state, number in states.items() if number} == {
        "COMPLETED": 2,
        "FAILED": 1,
        "CANCELLED": 1,
    }
    failed = {sample.labels["reason"]: sample.value for sample in families[f"{PREFIX}failed_job_runs"].samples}
    assert failed.keys() == set(service_model().shape_for("FailureReason").metadata["enum"])
    assert {reason: number for reason, number in failed.items() if number} == {"USER_ERROR": 1}
    assert value(families, "attempts_failed_total", cause="other") == 2
    assert value(families, "job_run_wait_seconds_count") == 4
    assert value(families, "job_run_duration_seconds_count", state="COMPLETED") == 2
    assert value(families, "dispatcher_up") == 1
    (build,) = families[f"{PREFIX}build_info"].samples
    assert build.labels["version"]
    assert "process_resident_memory_bytes" in families


def test_waiting_runs_have_an_age_by_owner_of_the_longest_waiting_ones(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    resource = {"request_digest": "", "created_by": "", "tags": {}}
    cluster = VirtualCluster(
        id="vc", name="jobs", client_token="", created_at=0, state="RUNNING", container_provider={}, **resource
    )
    runs = [
        JobRun(
            id=f"run-{number}",
            client_token=str(number),
            created_at=time.time() - 1000 + number,
            virtual_cluster_id="vc",
            state=("PENDING", "SUBMITTED", "RUNNING", "COMPLETED")[number % 4],
            owner=f"owner-{number // 4}",
            spec={},
            **resource,
        )
        for number in range(1000)
    ]
    with database.write() as session:
        session.add_all([cluster, *runs])
    families = parse(exposition(database, dispatching=lambda: True).decode())
    ages = families[f"{PREFIX}oldest_waiting_job_run_seconds"].samples
    # Owners are 250, and those that wait longest are shown.
    assert {sample.labels["owner"] for sample in ages} == {f"owner-{number}" for number in range(50)}
    assert all(sample.labels["virtual_cluster"] == "jobs" for sample in ages)
    assert max(sample.value for sample in ages) >= 1000
    assert value(families, "waiting_job_runs", virtual_cluster="jobs", owner="owner-0") == 2
    database.close()


def test_a_thousand_runs_make_no_series_of_their_own(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")

    def series() -> set[str]:
        page = exposition(database, dispatching=lambda: True).decode()
        return {line.rpartition(" ")[0] for line in page.splitlines() if line.startswith(PREFIX)}

    before = series()
    with database.write() as session:
        session.add_all(
            JobRun(
                id=f"run-{number}",
                name=f"run {number}",
                client_token=str(number),
                request_digest="",
                created_at=1.0,
                created_by="",
                tags={},
                virtual_cluster_id="vc",
                state="FAILED",
                failure_reason="USER_ERROR",
                state_details=f"{number}",
                owner=f"owner-{number}",
                spec={},
            )
            for number in range(1000)
        )
    assert series() == before
    database.close()


def test_whatever_is_asked_the_labels_are_of_the_model(server: Server) -> None:
    for n in range(20):
        signed(server.endpoint, "GET", f"/virtualclusters/{n}x/jobruns/{n}y")
        signed(server.endpoint, "POST", f"/nothing/{n}")
        send(server.endpoint, f"VERB{n}", f"/nothing/{n}", {})
    samples = [
        sample for name, family in scrape(server).items() if name.startswith(PREFIX) for sample in family.samples
    ]
    operations = {sample.labels["operation"] for sample in samples if "operation" in sample.labels}
    ours = {"JobLog", "JobRunRecord", "Queue", "Sizing", "ResetSizing", "Unknown"}
    assert operations <= {*service_model().operation_names, *ours}
    statuses = {sample.labels["status"] for sample in samples if "status" in sample.labels}
    assert {"400", "404"} <= statuses
    assert all(re.fullmatch("[245][0-9][0-9]", status) for status in statuses)


def test_the_page_says_nothing_secret(server: Server, emr: Any, cluster: str) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh", "canary"))["id"]
    wait(emr, cluster, run)
    page = send(server.endpoint, "GET", "/metrics", {}).body.decode()
    for secret in (SECRET_KEY, ACCESS_KEY, "canary", run, cluster, str(server.directory)):
        assert secret not in page


def test_a_dispatcher_that_has_ended_is_down(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    settings = Settings(state_directory=tmp_path, database_url="", releases={})
    runtime = ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path, releases={})
    service = Service(settings=settings, keys={}, database=database, runtime=runtime)
    application = build_application(service)

    async def asked_before_and_after() -> list[float]:
        transport = httpx.ASGITransport(app=application)
        async with application.router.lifespan_context(application), httpx.AsyncClient(transport=transport) as client:
            before = (await client.get("http://test/metrics")).text
            assert service.dispatching is not None
            service.dispatching.cancel()
            await asyncio.wait([service.dispatching])
            after = (await client.get("http://test/metrics")).text
            return [value(parse(page), "dispatcher_up") for page in (before, after)]

    assert asyncio.run(asked_before_and_after()) == [1, 0]
