import json
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.operators import SparkContainerOperator

CLUSTER = "vc0000000000000000000000001"


def check() -> tuple[bool, str]:
    return EmrContainersHook("aws_default").test_connection()


def test_a_good_connection_says_what_it_leads_to(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)
    api.templates = [{"id": "id1", "name": "jdbc-to-spark", "createdAt": "2026-01-01T00:00:00Z"}]
    said = f"{api.url} answers, with 1 job template. Virtual cluster 'flights' ({CLUSTER}) is RUNNING."
    assert check() == (True, said)
    assert {method for method, _, _ in api.requests} == {"GET"}


def test_a_virtual_cluster_that_has_ended_fails_the_test(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)
    api.cluster_state = "TERMINATED"
    passed, said = check()
    assert not passed
    assert said.endswith(f"({CLUSTER}) is TERMINATED.")


def test_a_connection_without_a_virtual_cluster_says_who_must_name_one(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, virtual_cluster_id=None)
    passed, said = check()
    assert passed
    assert "each operator must name one" in said


def test_a_key_that_nothing_reads_fails_the_test_before_the_api_is_asked(
    api: Any, connect: Callable[..., None]
) -> None:
    connect(api.url, log_url="s3://logs")
    passed, said = check()
    assert not passed
    assert said.startswith("The connection 'aws_default': ")
    assert "'log_url', which nothing reads. Did you mean 'log_uri'?" in said
    assert api.requests == []


def test_a_value_of_another_kind_fails_the_test(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, log_uri="/logs")
    assert check()[0] is False


def test_a_refused_key_fails_the_test(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)
    api.failures = [(403, "InvalidSignatureException", "The signature does not match.")]
    passed, said = check()
    assert not passed
    assert "InvalidSignatureException" in said
    assert "Check login and password" in said


def test_an_api_that_is_away_fails_the_test(connect: Callable[..., None]) -> None:
    connect("http://127.0.0.1:1")
    passed, said = check()
    assert not passed
    assert "Check that the server runs" in said


@pytest.mark.filterwarnings("ignore:.*aws:UserWarning")
def test_a_missing_connection_and_a_malformed_one_fail_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    passed, said = EmrContainersHook("nowhere").test_connection()
    assert (passed, "'nowhere' does not exist" in said) == (False, True)
    connection = {"conn_type": "aws", "extra": {"service_config": {"emr-containers": "text"}}}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    passed, said = check()
    assert (passed, "must be an object" in said) == (False, True)


def test_a_task_warns_of_a_key_that_nothing_reads_and_goes_on(
    api: Any, connect: Callable[..., None], run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    connect(api.url, log_url="s3://logs")
    api.states = [{"state": "RUNNING"}]
    operator = SparkContainerOperator(task_id="load", job_template_id="tpl0000000000000000001")
    with pytest.raises(TaskDeferred):
        run(operator, make_ti())
    assert "Did you mean 'log_uri'?" in capsys.readouterr().out
    assert len(api.asked("POST")) == 1
