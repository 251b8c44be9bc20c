"""The key of an append, and the tag by which the next try knows that its task had succeeded."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.types import RuntimeTaskInstanceProtocol
from longshore.exceptions import ApiUnavailableError
from longshore.operators import (
    JdbcToSparkContainerOperator,
    SparkContainerOperator,
    SparkToSparkContainerOperator,
)
from longshore.plugins import listener
from longshore.submission.commit import COMMIT_KEY, SUCCESS_TAG

TEMPLATE = "tpl0000000000000000001"
JOB = "0000000000000000001"
SUCCEEDED = dict([SUCCESS_TAG])


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None], write_log: Any) -> None:
    connect(api.url, log_uri=write_log.uri)


def _operator(**changes: Any) -> SparkToSparkContainerOperator:
    arguments = {"table": "lake.raw.a", "target": "lake.mart.a", "mode": "append", **changes}
    return SparkToSparkContainerOperator(task_id="load", job_template_id=TEMPLATE, **arguments)


def _parameters(api: Any) -> dict[str, str]:
    parameters: dict[str, str] = api.asked("POST", "/jobruns")[-1][2]["jobTemplateParameters"]
    return parameters


def _succeed(operator: Any) -> None:
    """Reports the task's success to the listener, as Airflow does it in the task's own process."""

    class RuntimeTaskInstance(SimpleNamespace):
        __module__ = RuntimeTaskInstanceProtocol.__module__

    listener.on_task_instance_success(RuntimeTaskInstance(task=operator))  # type: ignore[arg-type]


def test_all_tries_of_a_task_instance_have_one_key(api: Any, run: Any, make_ti: Any) -> None:
    keys = []
    api.listed = [{"id": "j1", "createdAt": "2026-01-01T00:00:00Z", "tags": {}}]
    for ti in (make_ti(), make_ti(try_number=2, id="other"), make_ti(map_index=3)):
        run(_operator(), ti)
        keys.append(_parameters(api)["commit_key"])
        assert ti.xcom[COMMIT_KEY] == keys[-1]
    assert keys[0] == keys[1] != keys[2]
    assert all(key.endswith(":-") for key in keys)


def test_key_names_the_newest_job_run_whose_task_had_succeeded(api: Any, run: Any, make_ti: Any) -> None:
    run(_operator(), make_ti())
    digest = _parameters(api)["commit_key"].partition(":")[0]
    api.listed = [
        {"id": "j3", "createdAt": "2026-01-03T00:00:00Z", "tags": {}},
        {"id": "j2", "createdAt": "2026-01-02T00:00:00Z", "tags": SUCCEEDED},
        {"id": "j1", "createdAt": "2026-01-01T00:00:00Z", "tags": SUCCEEDED},
    ]
    run(_operator(), make_ti(try_number=2))
    assert _parameters(api)["commit_key"] == f"{digest}:j2"
    assert f"name={api.asked('POST')[-1][2]['name']}" in api.asked("GET", "name=")[-1][1]


def test_dag_run_that_was_deleted_and_made_again_has_another_key(api: Any, run: Any, make_ti: Any) -> None:
    api.listed = [{"id": "j1", "createdAt": "2026-01-01T00:00:00Z", "tags": SUCCEEDED}]
    run(_operator(), make_ti(try_number=1))
    assert _parameters(api)["commit_key"].endswith(":j1")


@pytest.mark.parametrize("changes", [{"mode": None}, {"mode": "overwrite"}, {"mode": "merge", "key": "id"}])
def test_other_modes_have_no_key_and_no_tag(api: Any, run: Any, make_ti: Any, changes: dict[str, Any]) -> None:
    ti, operator = make_ti(), _operator(**changes)
    run(operator, ti)
    _succeed(operator)
    assert COMMIT_KEY not in _parameters(api)
    assert COMMIT_KEY not in ti.xcom
    assert api.asked("POST", "/tags/") == []


@pytest.mark.parametrize("mode", [None, "overwrite", "append"])
def test_many_tables_have_a_key_in_every_mode(api: Any, run: Any, make_ti: Any, mode: str | None) -> None:
    operator = JdbcToSparkContainerOperator(
        task_id="load",
        job_template_id=TEMPLATE,
        connection_id="db",
        tables=["a", "b"],
        target="lake.raw.{table}",
        mode=mode,
    )
    run(operator, make_ti())
    _succeed(operator)
    assert _parameters(api)["commit_key"].endswith(":-")
    assert len(api.asked("POST", "/tags/")) == 1


def test_mode_may_be_given_as_a_template_parameter(api: Any, run: Any, make_ti: Any) -> None:
    run(_operator(mode=None, job_template_parameters={"mode": "append"}), make_ti())
    assert COMMIT_KEY in _parameters(api)


def test_any_other_template_gets_no_key(api: Any, run: Any, make_ti: Any) -> None:
    parameters = {"mode": "append"}
    operator = SparkContainerOperator(task_id="t", job_template_id=TEMPLATE, job_template_parameters=parameters)
    run(operator, make_ti())
    _succeed(operator)
    assert _parameters(api) == parameters
    assert api.asked("POST", "/tags/") == []


def test_job_run_of_a_task_that_succeeds_is_tagged(api: Any, run: Any, make_ti: Any) -> None:
    operator = _operator()
    run(operator, make_ti())
    assert api.asked("POST", "/tags/") == []
    _succeed(operator)
    ((_, path, body),) = api.asked("POST", "/tags/")
    assert path.endswith(JOB)
    assert body == {"tags": {"longshore.dev/task-state": "success"}}


def test_job_run_that_was_waited_for_in_the_triggerer_is_tagged(api: Any, make_ti: Any) -> None:
    operator = _operator()
    event = {"id": JOB, "virtual_cluster_id": "vc2", "state": "COMPLETED"}
    operator.execute_complete({"ti": make_ti()}, event)  # type: ignore[typeddict-item]
    _succeed(operator)
    assert "/virtualclusters/vc2/" in api.asked("GET", "/jobruns/")[0][1]
    assert api.asked("POST", "/tags/")[0][1].endswith(JOB)


def test_refused_tag_is_told_and_does_not_fail_the_task(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = _operator()
    run(operator, make_ti())
    api.failures = [(403, "AccessDeniedException", "no right to tag")]
    _succeed(operator)
    told = capsys.readouterr().out
    assert f"Job run {JOB} does not get the tag longshore.dev/task-state=success. If the task is cleared, that" in told
    assert "no right to tag" in told


def test_job_runs_that_may_not_be_listed_make_a_clear_a_retry(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.failures = [(403, "AccessDeniedException", "no right to list")]
    run(_operator(), make_ti())
    assert _parameters(api)["commit_key"].endswith(":-")
    assert "It is not known whether the task had succeeded before" in capsys.readouterr().out


def test_task_waits_for_an_api_that_is_away_before_it_takes_a_key(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SparkToSparkContainerOperator, "start_patience", 0.05)
    api.failures = [(503, "ServiceUnavailable", "restarting")]
    api.listed = [{"id": "j1", "createdAt": "2026-01-01T00:00:00Z", "tags": SUCCEEDED}]
    run(_operator(poll_interval=0.01), make_ti())
    assert _parameters(api)["commit_key"].endswith(":j1")
    api.failures = [(503, "ServiceUnavailable", "away")] * 100
    with pytest.raises(ApiUnavailableError):
        run(_operator(poll_interval=0.01), make_ti())
