import time
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from longshore.exceptions import (
    ApiAccessError,
    ApiNotFoundError,
    ApiRequestError,
    ApiUnavailableError,
    ConnectionSettingsError,
)
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.job_run import JobRun

REQUEST: dict[str, Any] = {"virtualClusterId": "vc1", "clientToken": "t", "name": "n", "jobTemplateId": "tpl1"}


@pytest.fixture
def hook(api: Any, connect: Callable[..., None]) -> EmrContainersHook:
    connect(api.url)
    return EmrContainersHook()


def test_same_token_gives_the_same_job_run(hook: EmrContainersHook) -> None:
    first = hook.start_job_run(REQUEST)
    assert hook.start_job_run(REQUEST) == first
    assert hook.start_job_run({**REQUEST, "clientToken": "other"}) != first


def test_job_run_is_described(hook: EmrContainersHook, api: Any) -> None:
    api.states = [{"state": "FAILED", "stateDetails": "no table", "failureReason": "USER_ERROR"}]
    assert hook.describe_job_run("j1") == JobRun(
        "j1", "vc0000000000000000000000001", "FAILED", "no table", "USER_ERROR"
    )


@pytest.mark.parametrize(
    ("failure", "kind", "message"),
    [
        ((400, "ValidationException", "The queue is full"), ApiRequestError, "The queue is full"),
        ((400, "ResourceNotFoundException", "No such cluster"), ApiNotFoundError, "Check the ids"),
        ((403, "InvalidSignatureException", "Wrong"), ApiAccessError, r"Check login and password .* 'aws_default'"),
        ((500, "InternalServerException", "Fault"), ApiUnavailableError, "look at its log"),
        ((429, "TooManyRequestsException", "Slow down"), ApiUnavailableError, "Slow down"),
    ],
)
def test_errors_of_the_api_are_the_providers(
    hook: EmrContainersHook, api: Any, failure: Any, kind: Any, message: str
) -> None:
    api.failures = [failure]
    with pytest.raises(kind, match=message) as caught:
        hook.start_job_run(REQUEST)
    assert "Cannot start a job run of 'tpl1' in virtual cluster 'vc1' at http://127.0.0.1" in str(caught.value)
    assert "canary-password" not in str(caught.value)


def test_server_that_is_not_there_is_unavailable(connect: Callable[..., None]) -> None:
    connect("http://127.0.0.1:9")
    with pytest.raises(ApiUnavailableError, match="'endpoint_url' of the connection"):
        EmrContainersHook().describe_job_run("j1")


def test_throttling_is_asked_again(api: Any, connect: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    connect(api.url)
    hook = EmrContainersHook(attempts=3)
    # The tests' connection forbids it for the others.
    monkeypatch.setattr(hook.conn_config, "botocore_config", None)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    api.failures = [(400, "ThrottlingException", "Rate exceeded"), (500, "InternalServerException", "Fault")]
    assert hook.describe_job_run("j1").state == "COMPLETED"
    assert len(api.requests) == 3


def test_cancel_tells_whether_there_was_something(hook: EmrContainersHook, api: Any) -> None:
    assert hook.cancel_job_run("j1") is True
    api.failures = [(400, "ValidationException", "Job run j1 is not in a cancellable state")]
    api.states = [{"state": "FAILED"}]
    assert hook.cancel_job_run("j1") is False


def test_what_is_being_cancelled_is_not_refused_a_second_cancel(hook: EmrContainersHook, api: Any) -> None:
    api.failures = [(400, "ValidationException", "Job run j1 is not in a cancellable state")]
    api.states = [{"state": "CANCEL_PENDING"}]
    assert hook.cancel_job_run("j1") is True


def test_refused_cancel_of_a_running_job_is_an_error(hook: EmrContainersHook, api: Any) -> None:
    api.failures = [(400, "ValidationException", "no")]
    api.states = [{"state": "RUNNING"}]
    with pytest.raises(ApiRequestError, match="Cannot cancel the job run 'j1'"):
        hook.cancel_job_run("j1")


def test_active_job_runs_are_asked_by_name_and_state(hook: EmrContainersHook, api: Any) -> None:
    api.listed = [{"id": "a", "clientToken": "1"}, {"id": "b", "clientToken": "2"}, {"id": "c", "clientToken": "3"}]
    assert hook.active_job_runs("name-1", but=["2"]) == ["a", "c"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(api.requests[0][1]).query)
    assert query == {"name": ["name-1"], "states": ["CANCEL_PENDING", "PENDING", "RUNNING", "SUBMITTED"]}


def test_newest_job_run_with_a_tag_is_found_in_any_state(hook: EmrContainersHook, api: Any) -> None:
    done = {"state": "done"}
    api.listed = [
        {"id": "a", "createdAt": "2026-01-02T00:00:00Z", "tags": done},
        {"id": "b", "createdAt": "2026-01-03T00:00:00Z", "tags": done},
        {"id": "c", "createdAt": "2026-01-04T00:00:00Z", "tags": {"state": "other"}},
        {"id": "d", "createdAt": "2026-01-01T00:00:00Z"},
    ]
    assert hook.newest_job_run("name-1", tag=("state", "done")) == "b"
    assert hook.newest_job_run("name-1", tag=("state", "none")) is None
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(api.requests[0][1]).query)
    assert query == {"name": ["name-1"]}


def test_tags_are_added_at_the_job_runs_arn(hook: EmrContainersHook, api: Any) -> None:
    hook.tag_job_run("j1", {"a": "b"})
    ((_, path, body),) = api.asked("POST")
    assert urllib.parse.unquote(path) == "/tags/arn:aws:emr-containers:eu-central-1:0:/virtualclusters/vc1/jobruns/j1"
    assert body == {"tags": {"a": "b"}}


def test_operators_virtual_cluster_comes_before_the_connections(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, virtual_cluster_id="fromconnection")
    assert EmrContainersHook().virtual_cluster_id == "fromconnection"
    assert EmrContainersHook(virtual_cluster_id="own").virtual_cluster_id == "own"


def test_missing_virtual_cluster_names_connection_and_key(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, virtual_cluster_id=None)
    with pytest.raises(ConnectionSettingsError, match="'aws_default' has no 'virtual_cluster_id'"):
        _ = EmrContainersHook().virtual_cluster_id


def test_missing_connection_is_an_error() -> None:
    with pytest.raises(ConnectionSettingsError, match="'nowhere' does not exist"):
        EmrContainersHook("nowhere").describe_job_run("j1")


def test_unfinished_job_runs_are_listed_by_state_and_no_more_pages_than_wanted(
    hook: EmrContainersHook, api: Any
) -> None:
    api.page_size = 2
    api.listed = [{"id": f"j{n}", "virtualClusterId": "vc1", "state": "RUNNING"} for n in range(5)]
    found, pages = hook.unfinished_job_runs(most_pages=2)
    assert (sorted(found), pages) == (["j0", "j1", "j2", "j3"], 2)
    assert found["j0"] == JobRun("j0", "vc1", "RUNNING")
    assert hook.unfinished_job_runs(most_pages=9)[1] == 3
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(api.requests[0][1]).query)
    assert query == {"states": ["CANCEL_PENDING", "PENDING", "RUNNING", "SUBMITTED"]}


def test_hooks_of_other_clusters_share_the_client(hook: EmrContainersHook) -> None:
    other = hook.for_cluster("vc2")
    assert other.virtual_cluster_id == "vc2"
    assert other.client is hook.client


def test_signal_handlers_hook_shares_no_client_and_needs_no_connection(
    hook: EmrContainersHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.describe_job_run("j1")
    monkeypatch.delenv("AIRFLOW_CONN_AWS_DEFAULT")
    other = hook.for_signal_handler()
    assert other.cancel_job_run("j1") is True
    assert other.client is not hook.client
