"""A retry beside what earlier tries have left: it goes on with their job run, ends it, or starts none."""

from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from longshore.exceptions import ApiUnavailableError, JobRunUnwatchedError, LeftoverJobRunError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.operators import SparkContainerOperator
from longshore.submission.attempt import Attempt, client_token

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


def test_retry_ends_what_earlier_tries_have_left_before_it_starts_its_own(
    api: Any, run: Any, make_ti: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ti = make_ti(try_number=2)
    own = client_token(Attempt.of(ti, environment="default"))
    api.states = [
        {"state": "CANCEL_PENDING"},
        {"state": "CANCEL_PENDING"},
        {"state": "CANCELLED"},
        {"state": "RUNNING"},
    ]
    api.listed = [{"id": "own", "clientToken": own}, {"id": "left1", "clientToken": "of-try-1"}]
    _deferred(run, _operator(), ti)
    asked = [(method, path.split("?")[0].rsplit("/", 1)[-1]) for method, path, _ in api.requests]
    assert asked == [
        ("GET", "jobruns"),
        ("DELETE", "left1"),
        *[("GET", "left1")] * 3,
        ("POST", "jobruns"),
        ("GET", JOB),
    ]
    assert f"name={api.asked('POST')[0][2]['name']}" in api.asked("GET", "name=")[0][1]
    assert "Job run left1 of an earlier try is still running: it is cancelled" in capsys.readouterr().out


def test_retry_does_not_start_beside_a_leftover_while_the_api_is_away(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel, answers = EmrContainersHook.cancel_job_run, [ApiUnavailableError("restarting")]

    def away_once(hook: EmrContainersHook, job_run_id: str) -> bool:
        if answers:
            raise answers.pop()
        return cancel(hook, job_run_id)

    monkeypatch.setattr(EmrContainersHook, "cancel_job_run", away_once)
    api.states = [{"state": "CANCELLED"}, {"state": "RUNNING"}]
    api.listed = [{"id": "left1", "clientToken": "of-try-1"}]
    _deferred(run, _operator(), make_ti(try_number=2))
    methods = [method for method, _, _ in api.requests]
    assert methods.index("DELETE") < methods.index("POST")


def test_first_try_looks_for_no_leftovers(api: Any, run: Any, make_ti: Any) -> None:
    run(_operator(), make_ti())
    assert api.asked("GET", "name=") == []


def _unwatched(run: Any, ti: Any, **changes: Any) -> None:
    """A first try whose trigger could not ask for the job run until its patience was over."""
    deferral = _deferred(run, _operator(**changes), ti)
    digest = deferral.trigger.serialize()[1]["request_digest"]
    event = {"id": JOB, "virtual_cluster_id": CLUSTER, "unwatched": "API away.", "request_digest": digest}
    with pytest.raises(JobRunUnwatchedError, match=r"API away\. It was not cancelled"):
        _operator(**changes).execute_complete({"ti": ti, "task_state_store": ti.store}, event=event)  # type: ignore[typeddict-item]


@pytest.mark.parametrize(
    ("state", "cleared", "changes", "goes_on"),
    [
        ("RUNNING", False, {}, True),
        ("PENDING", True, {}, True),
        ("COMPLETED", False, {}, True),
        ("COMPLETED", True, {}, False),
        ("FAILED", False, {}, False),
        ("CANCELLED", False, {}, False),
        ("RUNNING", False, {"job_template_parameters": {"day": "2"}}, False),
    ],
)
def test_next_try_goes_on_with_the_job_run_that_the_one_before_could_not_watch(
    api: Any, run: Any, make_ti: Any, state: str, cleared: bool, changes: Any, goes_on: bool
) -> None:
    api.states = [{"state": "RUNNING"}]
    first = make_ti()
    _unwatched(run, first)
    again = make_ti(try_number=2, max_tries=first.max_tries + cleared, store=first.store)
    api.states = [{"state": state}, {"state": "COMPLETED"}]
    run(_operator(deferrable=False, **changes), again)
    assert (again.xcom["job_run_id"] == JOB) is goes_on
    assert len(api.job_runs) == (1 if goes_on else 2)
    assert first.store.values == {}


def test_retry_that_cannot_ask_either_leaves_the_job_run_to_the_next_one(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SparkContainerOperator, "start_patience", 0.0)
    api.states = [{"state": "RUNNING"}]
    first = make_ti()
    _unwatched(run, first)
    api.failures = [(503, "ServiceUnavailable", "restarting")]
    with pytest.raises(ApiUnavailableError):
        run(_operator(), make_ti(try_number=2, store=first.store))
    third = make_ti(try_number=3, store=first.store)
    _deferred(run, _operator(), third)
    assert third.xcom["job_run_id"] == JOB
    assert len(api.job_runs) == 1


def test_kill_of_a_try_that_goes_on_with_a_job_run_cancels_it_and_starts_none(api: Any, run: Any, make_ti: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    first = make_ti()
    _unwatched(run, first)
    operator = _operator()
    _deferred(run, operator, make_ti(try_number=2, store=first.store))
    operator.on_kill()
    assert [path for _, path, _ in api.asked("DELETE")] == [f"/virtualclusters/{CLUSTER}/jobruns/{JOB}"]
    assert len(api.job_runs) == 1


@pytest.mark.parametrize("failure", [(403, "AccessDeniedException"), (400, "ValidationException")])
def test_retry_that_may_not_look_for_leftovers_starts_nothing_and_says_which_rights_it_needs(
    api: Any, run: Any, make_ti: Any, failure: tuple[int, str]
) -> None:
    operator = _operator()
    api.failures = [(*failure, "no right to list")]
    with pytest.raises(LeftoverJobRunError) as caught:
        run(operator, make_ti(try_number=2))
    operator.on_kill()
    assert "This try starts no job run, because one of an earlier try may still run. Cannot list" in str(caught.value)
    assert "no right to list" in str(caught.value)
    assert "rights ListJobRuns, DescribeJobRun and CancelJobRun" in str(caught.value)
    assert api.asked("POST") == []


@pytest.mark.parametrize("refused", [1, 2])
def test_retry_that_cannot_end_a_leftover_starts_nothing_and_names_it(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch, refused: int
) -> None:
    api.listed = [{"id": "left1", "clientToken": "of-try-1"}]
    answer, asked = api.answer, []

    def refuse(method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        if "left1" in target:
            asked.append(method)
            if len(asked) == refused:  # the cancellation, or the question after it
                return 403, {"code": "AccessDeniedException", "message": "not yours"}
        return answer(method, target, body)

    monkeypatch.setattr(api, "answer", refuse)
    with pytest.raises(LeftoverJobRunError) as caught:
        run(_operator(), make_ti(try_number=2))
    assert "job run left1 of an earlier try may still run" in str(caught.value)
    assert "not yours" in str(caught.value)
    assert "`longshore jobs cancel left1`; then clear the task" in str(caught.value)
    assert api.asked("POST") == []


def test_leftover_that_the_api_has_removed_by_now_is_no_trouble(api: Any, run: Any, make_ti: Any) -> None:
    api.listed = [{"id": "left1", "clientToken": "of-try-1"}]
    answer = api.answer

    def gone(method: str, target: str, body: Any) -> tuple[int, dict[str, Any]]:
        if "left1" in target:
            return 400, {"code": "ResourceNotFoundException", "message": "no such job run"}
        return answer(method, target, body)

    api.answer = gone
    run(_operator(), make_ti(try_number=2))
    assert len(api.job_runs) == 1


def test_kill_before_the_own_job_run_was_asked_for_starts_none(
    api: Any, run: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> list[str]:
        raise Killed

    monkeypatch.setattr(EmrContainersHook, "active_job_runs", killed)
    operator = _operator()
    with pytest.raises(Killed):
        run(operator, make_ti(try_number=2))
    operator.on_kill()
    assert api.requests == []
