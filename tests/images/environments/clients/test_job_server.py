"""Each environment has one virtual cluster: with botocore's own model of the API."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from environments.clients.job_server import JobServer
from environments.exceptions import ConfigurationError, JobServerError, NotYetError
from images.environments.world import SETTINGS

LIST = {"states": ["RUNNING"], "containerProviderId": "longshore"}
ROLE = "arn:aws:iam::000000000000:role/longshore-job"
OTHER = "t"
RUNS = {"virtualClusterId": "c1"}
THEN = datetime(2026, 11, 25, tzinfo=UTC)


def provider(namespace: str) -> dict[str, Any]:
    return {"type": "EKS", "id": "longshore", "info": {"eksInfo": {"namespace": namespace}}}


def cluster(namespace: str, *, identifier: str = "c1") -> dict[str, Any]:
    return {"id": identifier, "containerProvider": provider(namespace), "createdAt": THEN}


@pytest.fixture
def server(tmp_path: Path) -> JobServer:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = K\naws_secret_access_key = S%x\n")
    settings = {"job_server_url": "http://127.0.0.1:1", "job_server_credentials_file": str(file), "job_role": ROLE}
    return JobServer(replace(SETTINGS, **settings))


@pytest.fixture
def stub(server: JobServer) -> Iterator[Stubber]:
    with Stubber(server._client) as found:
        yield found
        found.assert_no_pending_responses()


def test_one_that_is_there_is_taken(server: JobServer, stub: Stubber) -> None:
    others = [cluster("jobs", identifier="c0"), cluster("env-mine")]
    stub.add_response("list_virtual_clusters", {"virtualClusters": others}, LIST)
    assert asyncio.run(server.ensure("env-mine", uid="u-1")) == "c1"


def test_one_that_is_missing_is_made_once_for_the_environment(server: JobServer, stub: Stubber) -> None:
    stub.add_response("list_virtual_clusters", {"virtualClusters": []}, LIST)
    wanted = {"name": "env-mine", "clientToken": "u-1", "containerProvider": provider("env-mine")}
    stub.add_response("create_virtual_cluster", {"id": "c2"}, wanted)
    assert asyncio.run(server.ensure("env-mine", uid="u-1")) == "c2"


def run(state: str, *, identifier: str = "r1", token: str = OTHER, **more: Any) -> dict[str, Any]:
    return {"id": identifier, "state": state, "clientToken": token, "createdAt": THEN, **more}


def runs(stub: Stubber, *found: dict[str, Any]) -> None:
    stub.add_response("list_virtual_clusters", {"virtualClusters": [cluster("env-mine")]}, LIST)
    stub.add_response("list_job_runs", {"jobRuns": list(found)}, RUNS)


def remove(server: JobServer, *, drop: bool = True) -> None:
    asyncio.run(server.remove("env-mine", uid="u-1", drop=drop))


def test_its_runs_are_cancelled_before_it_goes(server: JobServer, stub: Stubber) -> None:
    runs(stub, run("RUNNING"), run("CANCEL_PENDING", identifier="r2"))
    stub.add_response("cancel_job_run", {"id": "r1"}, {"id": "r1", "virtualClusterId": "c1"})
    with pytest.raises(NotYetError, match="2 job runs"):
        remove(server, drop=False)
    runs(stub, run("CANCELLED"))
    stub.add_response("delete_virtual_cluster", {"id": "c1"}, {"id": "c1"})
    remove(server, drop=False)


def test_its_schema_is_dropped_by_a_job_before_it_goes(server: JobServer, stub: Stubber) -> None:
    runs(stub, run("COMPLETED"))
    conf = (
        "--conf spark.driver.memory=512m --conf spark.kubernetes.driver.request.cores=100m "
        "--conf spark.dynamicAllocation.enabled=true --conf spark.dynamicAllocation.shuffleTracking.enabled=true "
        "--conf spark.dynamicAllocation.minExecutors=0"
    )
    driver = {"entryPoint": "local:///opt/longshore/drop_schema.py", "sparkSubmitParameters": conf}
    wanted = {
        "name": "drop-schema",
        "virtualClusterId": "c1",
        "clientToken": "drop-schema-u-1-1",
        "executionRoleArn": ROLE,
        "releaseLabel": "spark-4.1",
        "jobDriver": {"sparkSubmitJobDriver": driver},
    }
    stub.add_response("start_job_run", {"id": "d1"}, wanted)
    with pytest.raises(NotYetError, match="d1"):
        remove(server)
    runs(stub, run("COMPLETED"), run("SUBMITTED", identifier="d1", token="drop-schema-u-1-1", stateDetails="no room"))
    with pytest.raises(NotYetError, match=r"d1 .* SUBMITTED \(no room\); `keepSchema: true`"):
        remove(server)
    runs(stub, run("COMPLETED"), run("COMPLETED", identifier="d1", token="drop-schema-u-1-1"))
    stub.add_response("delete_virtual_cluster", {"id": "c1"}, {"id": "c1"})
    remove(server)


def test_a_schema_that_could_not_be_dropped_is_told_with_the_way_out(server: JobServer, stub: Stubber) -> None:
    failed = {"failureReason": "USER_ERROR", "stateDetails": "refused", "finishedAt": datetime.now(UTC)}
    runs(stub, run("COMPLETED"), run("FAILED", identifier="d1", token="drop-schema-u-1-1", **failed))
    with pytest.raises(JobServerError, match=r"d1 could not .*: USER_ERROR: refused.* `keepSchema: true`"):
        remove(server)


def test_one_that_is_refused_to_be_deleted_is_told(server: JobServer, stub: Stubber) -> None:
    runs(stub)
    stub.add_client_error("delete_virtual_cluster", "ValidationException", "has unfinished job runs")
    with pytest.raises(JobServerError, match="cannot be deleted yet"):
        remove(server)


def test_one_that_is_gone_is_gone(server: JobServer, stub: Stubber) -> None:
    stub.add_response("list_virtual_clusters", {"virtualClusters": []}, LIST)
    remove(server)


def test_without_keys_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="job_server_credentials_file"):
        JobServer(replace(SETTINGS, job_server_url="http://x", job_server_credentials_file=str(tmp_path / "none")))
