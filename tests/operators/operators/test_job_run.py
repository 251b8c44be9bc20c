"""The life of a job run, by the way of `SparkContainerOperator`: the plainest of the operators."""

import datetime
import json
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout, TaskDeferralError, TaskDeferralTimeout, TaskDeferred
from airflow.sdk.execution_time.timeout import timeout
from longshore.exceptions import (
    ApiRequestError,
    ApiUnavailableError,
    ConnectionSettingsError,
    InvalidArgumentError,
    JobRunFailedError,
    JobRunLostError,
    JobRunUnwatchedError,
)
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.links.published import JOB_RUN_KEYS
from longshore.operators import SparkContainerOperator
from longshore.submission.attempt import Attempt, client_token
from longshore.triggers.job_run import JobRunTrigger
from operators.cannot_ask import CANNOT_ASK

CLUSTER = "vc0000000000000000000000001"
JOB = "0000000000000000001"
TEMPLATE = "tpl0000000000000000001"


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None], write_log: Any) -> None:
    connect(api.url, log_uri=write_log.uri)


def _operator(**changes: Any) -> SparkContainerOperator:
    return SparkContainerOperator(task_id="load", job_template_id=TEMPLATE, **{"poll_interval": 0.01, **changes})


def _deferred(run: Callable[..., Any], operator: SparkContainerOperator, ti: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        run(operator, ti)
    return caught.value


def test_operator_defers_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "False")
    assert _operator().deferrable is True
    assert _operator(deferrable=False).deferrable is False


def test_job_run_is_started_with_the_attempts_token_and_in_xcom_at_once(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    ti = make_ti()
    options = {"job_template_parameters": {"a": 1}, "tags": {"team": "x"}, "owner": "team a", "retry_max_attempts": 2}
    _deferred(run, _operator(**options), ti)
    ((_, path, body),) = api.asked("POST")
    assert path == f"/virtualclusters/{CLUSTER}/jobruns"
    assert body["clientToken"] == client_token(Attempt.of(ti, environment="default"))
    assert body["jobTemplateId"] == TEMPLATE
    assert body["jobTemplateParameters"] == {"a": "1"}
    assert body["tags"] == {"longshore.dev/owner": "team-a", "team": "x"}
    assert body["retryPolicyConfiguration"] == {"maxAttempts": 2}
    # The listener knows the job run by these.
    assert {key: ti.xcom[key] for key in JOB_RUN_KEYS} == {
        "job_run_id": JOB,
        "job_run_name": body["name"],
        "virtual_cluster_id": CLUSTER,
        "aws_conn_id": "aws_default",
    }
    # Without a signature: whoever reads XComs could use it.
    assert ti.xcom["job_log"] == f"{api.url}/virtualclusters/{CLUSTER}/jobruns/{JOB}/logs"
    assert "spark_history" not in ti.xcom


def test_links_are_for_the_users_browser(
    api: Any, run: Any, make_ti: Any, connect: Callable[..., None], write_log: Any
) -> None:
    api.states = [{"state": "RUNNING"}]
    connect(api.url, public_endpoint_url="https://jobs.example", history_server_url="https://history.example")
    ti = make_ti()
    _deferred(run, _operator(), ti)
    assert ti.xcom["job_log"] == f"https://jobs.example/virtualclusters/{CLUSTER}/jobruns/{JOB}/logs"
    assert ti.xcom["spark_history"] == f"https://history.example/history/spark-{JOB}/jobs/"


def test_environment_of_the_configuration_is_in_the_token(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__LONGSHORE__ENVIRONMENT", "feature-routes")
    ti = make_ti()
    run(_operator(), ti)
    assert api.asked("POST")[0][2]["clientToken"] == client_token(Attempt.of(ti, environment="feature-routes"))


def test_same_try_attaches_again_and_the_next_try_starts_anew(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    first, again, retry, mapped = make_ti(), make_ti(), make_ti(try_number=2), make_ti(map_index=3)
    for ti in (first, again, retry, mapped):
        _deferred(run, _operator(), ti)
    assert first.xcom["job_run_id"] == again.xcom["job_run_id"] == JOB
    assert len({ti.xcom["job_run_id"] for ti in (first, retry, mapped)}) == 3


def test_deferral_goes_round(api: Any, run: Any, make_ti: Any, write_log: Any) -> None:
    import asyncio

    api.states = [{"state": "PENDING"}, {"state": "RUNNING"}, {"state": "COMPLETED"}]
    write_log.write(JOB, "stdout", b'LONGSHORE_RESULT {"sink": {"rows": 336776}}\n')
    ti = make_ti()
    deferral = _deferred(run, _operator(), ti)
    assert isinstance(deferral.trigger, JobRunTrigger)
    trigger = JobRunTrigger(**deferral.trigger.serialize()[1])

    async def fire() -> Any:
        return (await anext(trigger.run())).payload

    kwargs = {"event": json.loads(json.dumps(asyncio.run(fire())))}
    result = _operator().resume_execution(deferral.method_name, kwargs, {"ti": ti})  # type: ignore[typeddict-item]
    assert result == {"sink": {"rows": 336776}}
    # Finishing asks the API nothing more.
    assert len(api.asked("POST")) == 1
    assert len(api.asked("GET")) == 3


def test_job_run_that_has_already_ended_is_not_waited_for(api: Any, run: Any, make_ti: Any) -> None:
    assert run(_operator(), make_ti()) is None
    assert len(api.asked("GET")) == 1


def test_waiting_on_the_worker_ends_alike(
    api: Any, run: Any, make_ti: Any, write_log: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.states = [{"state": "PENDING"}, {"state": "RUNNING", "stateDetails": "stage 2"}, {"state": "COMPLETED"}]
    write_log.write(JOB, "stdout", b'LONGSHORE_RESULT {"rows": 1}\n')
    assert run(_operator(deferrable=False), make_ti()) == {"rows": 1}
    assert f"Job run {JOB} is RUNNING: stage 2" in capsys.readouterr().out


def test_failed_job_run_fails_the_task(api: Any, run: Any, make_ti: Any, write_log: Any) -> None:
    api.states = [{"state": "FAILED", "stateDetails": "no such table", "failureReason": "USER_ERROR"}]
    write_log.write(JOB, "stderr", b"ERROR no such table\n")
    with pytest.raises(JobRunFailedError, match=rf"Job run {JOB} of job template '{TEMPLATE}' failed \(USER_ERROR\)"):
        run(_operator(), make_ti())


def test_worker_waits_through_an_outage(api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]) -> None:
    api.failures = [(503, "ServiceUnavailable", "restarting"), (503, "ServiceUnavailable", "restarting")]
    run(_operator(deferrable=False), make_ti())
    assert capsys.readouterr().out.count("Asking again") == 2
    assert len(api.job_runs) == 1


def test_outage_that_lasts_fails_the_task(
    connect: Callable[..., None], run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect("http://127.0.0.1:9")
    monkeypatch.setattr(SparkContainerOperator, "start_patience", 0.05)
    with pytest.raises(ApiUnavailableError, match=r"http://127\.0\.0\.1:9"):
        run(_operator(), make_ti())


class _RefusedAfterTheFirstLook(list[dict[str, str]]):
    """States of a job run, of which the key may see no more after the first look for `times` questions."""

    def __init__(self, api: Any, states: list[str], failure: tuple[int, str], times: int) -> None:
        super().__init__({"state": state} for state in states)
        self._api, self._failures = api, [(*failure, "not yours any more")] * times

    def pop(self, index: Any = -1) -> dict[str, str]:
        self._api.failures, self._failures = self._failures, []
        return super().pop(index)


@pytest.mark.parametrize("failure", CANNOT_ASK)
def test_job_that_a_worker_cannot_ask_for_goes_on_and_the_task_waits(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str], failure: tuple[int, str]
) -> None:
    api.states = _RefusedAfterTheFirstLook(api, ["RUNNING", "RUNNING", "COMPLETED"], failure, 3)
    run(_operator(deferrable=False), make_ti())
    assert api.asked("DELETE") == []
    assert len(api.asked("POST")) == 1
    assert "No answer about the job run since 2" in capsys.readouterr().out


def test_job_that_a_worker_cannot_ask_for_too_long_is_not_cancelled_and_the_error_says_how_to_find_it(
    api: Any, run: Any, make_ti: Any
) -> None:
    api.states = _RefusedAfterTheFirstLook(api, ["RUNNING", "RUNNING"], (403, "ExpiredTokenException"), 99)
    with pytest.raises(JobRunUnwatchedError) as caught:
        run(_operator(deferrable=False, api_patience=datetime.timedelta(milliseconds=1)), make_ti())
    message = str(caught.value)
    assert f"Job run {JOB} of job template '{TEMPLATE}' could not be asked for within 0:00:00.001000" in message
    assert "ExpiredTokenException: not yours any more" in message
    assert "was not cancelled, and may still run" in message
    assert f"`longshore jobs cancel {JOB}`" in message
    assert f"`aws emr-containers cancel-job-run --id {JOB} --virtual-cluster-id {CLUSTER}`" in message
    assert api.asked("DELETE") == []


@pytest.mark.parametrize("patience", [-1, float("inf"), float("nan"), True, "900"])
def test_patience_that_is_no_time_is_refused(patience: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"api_patience is .*: give a timedelta, or seconds"):
        _operator(api_patience=patience)


def test_trigger_has_the_operators_patience(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    hours = _operator(api_patience=datetime.timedelta(hours=2))
    assert _deferred(run, hours, make_ti()).trigger.serialize()[1]["api_patience"] == 7200
    assert _deferred(run, _operator(), make_ti()).trigger.serialize()[1]["api_patience"] == 86400


def test_refused_request_fails_at_once(api: Any, run: Any, make_ti: Any) -> None:
    api.failures = [(400, "ValidationException", "Parameter source is missing")]
    with pytest.raises(ApiRequestError, match="Parameter source is missing"):
        run(_operator(), make_ti())
    assert len(api.requests) == 1


def test_connection_without_a_cluster_is_named(api: Any, connect: Any, run: Any, make_ti: Any) -> None:
    connect(api.url, virtual_cluster_id=None)
    with pytest.raises(ConnectionSettingsError, match="'aws_default' has no 'virtual_cluster_id'"):
        run(_operator(), make_ti())
    assert api.requests == []


def test_task_asks_for_its_own_template_alone(api: Any, run: Any, make_ti: Any) -> None:
    api.templates = [{"id": TEMPLATE, "name": "jdbc-to-spark", "createdAt": "2026-01-01T00:00:00Z"}]
    run(SparkContainerOperator(task_id="load", job_template_id="jdbc-to-spark"), make_ti())
    assert [path for _, path, _ in api.asked("GET", "/jobtemplates")] == ["/jobtemplates?name=jdbc-to-spark"]


def test_deferral_has_the_tasks_timeout(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    limit = datetime.timedelta(minutes=5)
    assert _deferred(run, _operator(execution_timeout=limit), make_ti()).timeout == limit
    assert _deferred(run, _operator(), make_ti()).timeout is None


@pytest.mark.parametrize(
    ("error", "kind"), [("Trigger timeout", TaskDeferralTimeout), ("Trigger failure", TaskDeferralError)]
)
def test_failed_deferral_cancels_the_job_run(api: Any, make_ti: Any, error: str, kind: Any) -> None:
    ti = make_ti(xcom={"job_run_id": JOB, "virtual_cluster_id": CLUSTER})
    with pytest.raises(kind, match=rf"Job run {JOB} of job template '{TEMPLATE}' .*Its cancellation was asked for"):
        _operator().resume_execution("__fail__", {"error": error}, {"ti": ti})  # type: ignore[typeddict-item]
    assert [path for _, path, _ in api.asked("DELETE")] == [f"/virtualclusters/{CLUSTER}/jobruns/{JOB}"]


def test_failed_deferral_stays_the_error_when_the_cancel_fails(
    api: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.failures = [(403, "AccessDeniedException", "not yours")]
    ti = make_ti(xcom={"job_run_id": JOB, "virtual_cluster_id": CLUSTER})
    with pytest.raises(TaskDeferralTimeout, match="cancellation could not be asked for: end it before trying again"):
        _operator().resume_execution("__fail__", {"error": "Trigger timeout"}, {"ti": ti})  # type: ignore[typeddict-item]
    assert "The job run may go on: Cannot cancel" in capsys.readouterr().out


def test_job_run_out_of_sight_is_cancelled_and_an_error(api: Any, make_ti: Any) -> None:
    with pytest.raises(JobRunLostError, match=f"Lost sight of job run {JOB} of job template '{TEMPLATE}': API away"):
        _operator().execute_complete(
            {"ti": make_ti()},  # type: ignore[typeddict-item]
            event={"id": JOB, "virtual_cluster_id": CLUSTER, "lost": "API away."},
        )
    assert len(api.asked("DELETE")) == 1


def test_timeout_on_the_worker_cancels_the_job_run(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.states = [{"state": "RUNNING"}]
    operator = _operator(deferrable=False)
    # As Airflow's task runner does it (`_run_execute_callable`), its time being over while the operator waits.
    monkeypatch.setattr(time, "sleep", lambda _: signal.raise_signal(signal.SIGALRM))
    with pytest.raises(AirflowTaskTimeout), timeout(600):
        run(operator, make_ti())
    operator.on_kill()
    assert [path for _, path, _ in api.asked("DELETE")] == [f"/virtualclusters/{CLUSTER}/jobruns/{JOB}"]


def test_kill_while_the_start_is_on_its_way_finds_the_job_run(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = EmrContainersHook.start_job_run

    def killed_before_the_answer(hook: EmrContainersHook, request: Any) -> str:
        start(hook, request)
        raise AirflowTaskTimeout

    operator = _operator()
    with monkeypatch.context() as patch:
        patch.setattr(EmrContainersHook, "start_job_run", killed_before_the_answer)
        with pytest.raises(AirflowTaskTimeout):
            run(operator, make_ti())
    operator.on_kill()
    assert len(api.job_runs) == 1
    assert api.asked("DELETE")[0][1].endswith(JOB)


def test_kill_before_anything_was_started_does_nothing(api: Any) -> None:
    _operator().on_kill()
    assert api.requests == []


def test_kill_of_what_has_ended_is_no_error(api: Any, run: Any, make_ti: Any) -> None:
    operator = _operator()
    run(operator, make_ti())
    api.failures = [(400, "ValidationException", "not cancellable")]
    operator.on_kill()


def test_kill_that_fails_says_that_the_job_may_go_on(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    operator = _operator()
    run(operator, make_ti())
    api.failures = [(403, "AccessDeniedException", "not yours")]
    operator.on_kill()
    assert "The job run may go on" in capsys.readouterr().out


def test_password_is_nowhere(api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]) -> None:
    api.states = [{"state": "RUNNING"}]
    ti, operator = make_ti(), _operator()
    deferral = _deferred(run, operator, ti)
    rendered = {name: getattr(operator, name) for name in operator.template_fields}
    everything = [ti.xcom, rendered, deferral.trigger.serialize(), deferral.kwargs, api.requests]
    assert "canary-password" not in json.dumps(everything)
    out, err = capsys.readouterr()
    assert JOB in out
    assert "canary-password" not in out + err
