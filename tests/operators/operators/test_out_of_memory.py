"""A job that ends for a lack of memory is started again within one try, once for each step, whatever is killed when."""

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from longshore.exceptions import InvalidArgumentError, JobRunCancelledError, JobRunFailedError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.operators import SparkContainerOperator
from longshore.submission.attempt import Attempt, client_token
from longshore.waiting.shortage import LACKED_TAG, MORE_TAG, NOTHING

CLUSTER = "vc0000000000000000000000001"
FIRST, SECOND, THIRD = (f"{number:019d}" for number in (1, 2, 3))
TEMPLATE = "tpl0000000000000000001"
SIZED = {
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///x",
            "sparkSubmitParameters": "--conf 'spark.kubernetes.driver.annotation.longshore.dev/sizing=Sized by 1 run'",
        }
    }
}
LACKED = {LACKED_TAG: "driver heap of 1024 MiB"}
MORE = LACKED | {MORE_TAG: "driver heap 1024 to 1536 MiB"}
FAILED: dict[str, Any] = {
    "state": "FAILED",
    "failureReason": "USER_ERROR",
    "stateDetails": "java.lang.OutOfMemoryError: Java heap space",
}
OUT_OF_MEMORY = FAILED | SIZED | {"tags": MORE}


class Killed(BaseException):
    """The end of a worker, at any line."""


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None], write_log: Any) -> None:
    connect(api.url, log_uri=write_log.uri)
    write_log.write(FIRST, "stdout", b"the first driver\n")
    write_log.write(SECOND, "stdout", b'LONGSHORE_RESULT {"rows": 2}\n')
    api.one_by_one = {FIRST: OUT_OF_MEMORY, SECOND: SIZED | {"state": "COMPLETED"}}


def _operator(**changes: Any) -> SparkContainerOperator:
    defaults = {"poll_interval": 0.01, "spark_resources": "auto", "deferrable": False}
    return SparkContainerOperator(task_id="load", job_template_id=TEMPLATE, **{**defaults, **changes})


def _tokens(ti: Any, number: int) -> list[str]:
    return [client_token(Attempt.of(ti, environment="default"), step) for step in range(number)]


def _kill_at(monkeypatch: pytest.MonkeyPatch, number: int, *, answered: bool) -> list[str]:
    """Kills the worker at its call of the API with this number, before the request or before its answer.

    Returns:
        The calls so far.
    """
    calls: list[str] = []

    def dying(name: str) -> Callable[..., Any]:
        call = getattr(EmrContainersHook, name)

        def asked(*arguments: Any) -> Any:
            calls.append(name)
            if len(calls) != number:
                return call(*arguments)
            if answered:
                call(*arguments)
            raise Killed

        return asked

    for name in ("start_job_run", "described_job_run"):
        monkeypatch.setattr(EmrContainersHook, name, dying(name))
    return calls


def test_the_next_job_run_has_a_token_of_its_own_step_and_the_same_request(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ti = make_ti()
    assert run(_operator(), ti) == {"rows": 2}
    first, second = (body for _, _, body in api.asked("POST"))
    assert [first["clientToken"], second["clientToken"]] == _tokens(ti, 2)
    assert first | {"clientToken": ""} == second | {"clientToken": ""}
    assert ti.xcom["job_run_id"] == SECOND
    output = capsys.readouterr().out
    assert "the first driver" in output
    assert (
        f"Job run {FIRST} lacked memory: driver heap of 1024 MiB. The job is started again (1 of 2 at most) with "
        "more: driver heap 1024 to 1536 MiB." in output
    )


def test_a_job_that_never_has_enough_ends_after_the_last_step(api: Any, run: Any, make_ti: Any) -> None:
    api.one_by_one = dict.fromkeys((FIRST, SECOND, THIRD), OUT_OF_MEMORY)
    ti = make_ti()
    with pytest.raises(JobRunFailedError, match=rf"Job run {THIRD} .* failed .*OutOfMemoryError"):
        run(_operator(), ti)
    assert list(api.job_runs) == _tokens(ti, 3)


@pytest.mark.parametrize(
    ("answer", "changes", "said"),
    [
        (FAILED | SIZED | {"tags": {LACKED_TAG: NOTHING}}, {}, ""),
        (FAILED | SIZED | {"tags": LACKED}, {}, "not started again, because its next run would get no more"),
        (FAILED, {}, ""),  # AWS's API knows no plan
        (OUT_OF_MEMORY, {"oom_attempts": 0}, ""),
        (OUT_OF_MEMORY, {"spark_resources": {"driver_memory": "1g"}}, ""),
        (OUT_OF_MEMORY, {"spark_resources": None}, ""),
        (OUT_OF_MEMORY | {"failureReason": "VALIDATION_ERROR"}, {}, ""),
    ],
)
def test_a_job_that_fails_otherwise_gets_no_more(
    api: Any,
    run: Any,
    make_ti: Any,
    capsys: pytest.CaptureFixture[str],
    answer: dict[str, Any],
    changes: dict[str, Any],
    said: str,
) -> None:
    api.one_by_one[FIRST] = answer
    with pytest.raises(JobRunFailedError, match=f"Job run {FIRST} "):
        run(_operator(**changes), make_ti())
    assert len(api.job_runs) == 1
    assert said in capsys.readouterr().out


def test_a_job_run_that_was_cancelled_is_not_started_again(api: Any, run: Any, make_ti: Any) -> None:
    api.one_by_one[FIRST] = OUT_OF_MEMORY | {"state": "CANCELLED"}
    with pytest.raises(JobRunCancelledError):
        run(_operator(), make_ti())
    assert len(api.job_runs) == 1


def test_a_server_that_may_not_be_asked_leaves_the_failure_as_it_is(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, looks = api.answer, []

    def refusing(method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        if method == "GET" and target.endswith(FIRST):
            looks.append(target)
            if len(looks) > 2:
                return 403, {"code": "AccessDeniedException", "message": "not yours"}
        done: tuple[int, dict[str, Any]] = answer(method, target, body)
        return done

    monkeypatch.setattr(api, "answer", refusing)
    with pytest.raises(JobRunFailedError, match="OutOfMemoryError"):
        run(_operator(), make_ti())
    assert f"It is not known whether job run {FIRST} lacked memory: Cannot describe" in capsys.readouterr().out
    assert len(api.job_runs) == 1


@pytest.mark.parametrize("answered", [False, True], ids=["before the request", "before the answer"])
def test_a_worker_that_is_killed_at_any_call_leads_to_the_same_job_runs(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    number = 0
    while True:
        number += 1
        api.job_runs.clear()
        ti = make_ti()
        with monkeypatch.context() as patch:
            calls = _kill_at(patch, number, answered=answered)
            try:
                assert run(_operator(), ti) == {"rows": 2}
            except Killed:
                pass
            else:
                break  # it was killed at each of its calls
        assert run(_operator(), make_ti()) == {"rows": 2}
        assert list(api.job_runs) == _tokens(ti, 2)
    assert calls.count("start_job_run") == 2
    assert number > 6


@pytest.mark.parametrize("answered", [False, True], ids=["before the request", "before the answer"])
def test_so_does_one_that_is_killed_after_a_deferral(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch, answered: bool
) -> None:
    number = 0
    while True:
        number += 1
        api.job_runs.clear()
        ti = make_ti()
        event = _event_of_first(api, run, ti)
        context: Any = {"ti": ti, "task_state_store": ti.store}
        with monkeypatch.context() as patch:
            calls = _kill_at(patch, number, answered=answered)
            try:
                assert _operator().execute_complete(context, event=event) == {"rows": 2}
            except Killed:
                pass
            else:
                break
        # Airflow repeats the same try from its beginning, or from the deferral.
        assert run(_operator(), make_ti()) == {"rows": 2}
        assert list(api.job_runs) == _tokens(ti, 2)
        assert _operator().execute_complete(context, event=event) == {"rows": 2}
        assert list(api.job_runs) == _tokens(ti, 2)
    assert calls.count("start_job_run") == 1
    assert number > 4


def _event_of_first(api: Any, run: Any, ti: Any) -> dict[str, Any]:
    """The event of the trigger that waited for the first job run."""
    ended = api.one_by_one.pop(FIRST)
    api.one_by_one[FIRST] = SIZED | {"state": "RUNNING"}
    with pytest.raises(TaskDeferred) as caught:
        run(_operator(deferrable=True), ti)
    api.one_by_one[FIRST] = ended
    step = caught.value.trigger.serialize()[1]["step"]
    return {
        "id": FIRST,
        "virtual_cluster_id": CLUSTER,
        "state": "FAILED",
        "state_details": FAILED["stateDetails"],
        "failure_reason": "USER_ERROR",
        "step": step,
    }


def test_the_next_step_is_waited_for_in_the_triggerer_too(api: Any, run: Any, make_ti: Any) -> None:
    api.one_by_one[SECOND] = SIZED | {"state": "RUNNING"}
    ti = make_ti()
    event = _event_of_first(api, run, ti)
    context: Any = {"ti": ti, "task_state_store": ti.store}
    with pytest.raises(TaskDeferred) as caught:
        _operator(deferrable=True).execute_complete(context, event=event)
    arguments = caught.value.trigger.serialize()[1]
    assert (arguments["job_run_id"], arguments["step"]) == (SECOND, 1)
    assert ti.xcom["job_run_id"] == SECOND


def test_a_worker_that_is_lost_while_the_next_step_starts_leaves_its_name_to_the_listener(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ti = make_ti()
    with monkeypatch.context() as patch:
        calls = _kill_at(patch, 6, answered=True)
        with pytest.raises(Killed):
            run(_operator(), ti)
    assert calls[-1] == "start_job_run"
    assert len(api.job_runs) == 2
    # The listener cancels by ID where there is one, and all unfinished job runs of the name where there is none.
    assert not ti.xcom["job_run_id"]
    assert ti.xcom["job_run_name"] == api.asked("POST")[0][2]["name"]


def test_a_kill_cancels_the_job_run_of_the_step(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = _operator()
    with monkeypatch.context() as patch:
        _kill_at(patch, 6, answered=True)
        with pytest.raises(Killed):
            run(operator, make_ti())
    operator.on_kill()
    assert [path.rsplit("/", 1)[-1] for _, path, _ in api.asked("DELETE")] == [SECOND]


def test_a_retry_that_is_repeated_ends_no_job_run_of_its_own_steps(api: Any, run: Any, make_ti: Any) -> None:
    ti = make_ti(try_number=2)
    own = [{"id": f"own{step}", "clientToken": token} for step, token in enumerate(_tokens(ti, 3))]
    api.listed = [*own, {"id": "left", "clientToken": "of-try-1"}]
    api.one_by_one["left"] = {"state": "CANCELLED"}
    run(_operator(), ti)
    assert [path.rsplit("/", 1)[-1] for _, path, _ in api.asked("DELETE")] == ["left"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"oom_attempts": -1}, "oom_attempts is -1: give a whole number from 0"),
        ({"oom_attempts": True}, "oom_attempts is True"),
        ({"oom_attempts": 1, "spark_resources": None}, "only a job whose spark_resources are 'auto' can get more"),
    ],
)
def test_a_wish_that_cannot_be_granted_starts_nothing(
    api: Any, run: Any, make_ti: Any, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        run(_operator(**changes), make_ti())
    assert api.requests == []
