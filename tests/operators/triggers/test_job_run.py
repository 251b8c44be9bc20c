"""The trigger alone, and inside Airflow's own `TriggerRunner`, whose way to cancel decides what is cancelled."""

import asyncio
import datetime
import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import ErrorResponse, GetTaskStates, TaskStatesResult
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.job_run import JobRun
from longshore.triggers.job_run import JobRunTrigger
from operators.cannot_ask import CANNOT_ASK

CLUSTER = "vc0000000000000000000000001"
JOB = "0000000000000000001"


def _trigger(**changes: Any) -> JobRunTrigger:
    arguments = {"aws_conn_id": "aws_default", "poll_interval": 0.01, **changes}
    return JobRunTrigger(JOB, CLUSTER, **arguments)


def _events(trigger: JobRunTrigger) -> list[Any]:
    async def collect() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    return asyncio.run(collect())


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url)


def test_serialized_trigger_is_made_again_and_holds_no_secret() -> None:
    path, arguments = _trigger().serialize()
    assert path == f"{JobRunTrigger.__module__}.{JobRunTrigger.__name__}"
    assert JobRunTrigger(**json.loads(json.dumps(arguments))).serialize() == (path, arguments)
    assert "canary-password" not in json.dumps(arguments)
    assert "AKIDEXAMPLE" not in json.dumps(arguments)


def test_event_is_the_last_state_and_changes_are_logged(api: Any, capsys: pytest.CaptureFixture[str]) -> None:
    running = {"state": "RUNNING", "stateDetails": "1 of 2"}
    api.states = [
        {"state": "SUBMITTED"},
        running,
        running,
        {"state": "RUNNING", "stateDetails": "2 of 2"},
        {"state": "CANCEL_PENDING"},
        {"state": "FAILED", "stateDetails": "no", "failureReason": "USER_ERROR"},
    ]
    (event,) = _events(_trigger())
    assert event == {
        "id": JOB,
        "virtual_cluster_id": CLUSTER,
        "state": "FAILED",
        "state_details": "no",
        "failure_reason": "USER_ERROR",
        "step": 0,
    }
    said = re.findall(r"\] (Job run .+?) +\[longshore", capsys.readouterr().out)
    assert said == [
        f"Job run {JOB} is SUBMITTED",
        f"Job run {JOB} is RUNNING: 1 of 2",
        f"Job run {JOB} is RUNNING: 2 of 2",
        f"Job run {JOB} is CANCEL_PENDING",
        f"Job run {JOB} is FAILED: no",
    ]


def test_outage_is_waited_out(api: Any) -> None:
    api.failures = [
        (503, "ServiceUnavailable", "restarting"),
        (429, "TooManyRequestsException", "slow down"),
        (500, "InternalServerException", "fault"),
    ]
    (event,) = _events(_trigger())
    assert event["state"] == "COMPLETED"
    assert len(api.requests) == 4


def test_server_that_comes_back_is_found_also_elsewhere(api: Any, connect: Callable[..., None]) -> None:
    async def through_the_outage() -> Any:
        connect("http://127.0.0.1:9")
        waiting = asyncio.create_task(anext(_trigger().run()))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        connect(api.url)
        return (await asyncio.wait_for(waiting, 10)).payload

    assert asyncio.run(through_the_outage())["state"] == "COMPLETED"


@pytest.mark.parametrize(("status", "code"), CANNOT_ASK)
def test_whatever_keeps_it_from_asking_is_waited_out_and_cancels_nothing(api: Any, status: int, code: str) -> None:
    api.states = [{"state": "RUNNING"}, {"state": "COMPLETED"}]
    api.failures = [(status, code, "because")] * 2
    (event,) = _events(_trigger())
    assert event["state"] == "COMPLETED"
    assert {method for method, _, _ in api.requests} == {"GET"}


@pytest.mark.parametrize("error", [RuntimeError("Airflow's own API is away"), KeyError("jobRun")])
def test_so_is_whatever_is_no_answer_at_all(api: Any, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    errors, describe = [error], EmrContainersHook.describe_job_run

    def describe_in_vain(hook: EmrContainersHook, job_run_id: str) -> JobRun:
        if errors:
            raise errors.pop()
        return describe(hook, job_run_id)

    monkeypatch.setattr(EmrContainersHook, "describe_job_run", describe_in_vain)
    (event,) = _events(_trigger())
    assert event["state"] == "COMPLETED"


@pytest.mark.parametrize(("status", "code"), CANNOT_ASK)
def test_patience_that_ends_cancels_nothing(api: Any, status: int, code: str) -> None:
    api.failures = [(status, code, "because")] * 99
    (event,) = _events(_trigger(api_patience=0.0, request_digest="abc"))
    assert (event["id"], event["virtual_cluster_id"], event["request_digest"]) == (JOB, CLUSTER, "abc")
    assert f"{code}: because" in event["unwatched"]
    assert api.asked("DELETE") == []


def test_trigger_of_an_older_version_is_made_from_its_arguments_in_the_database() -> None:
    arguments = {"job_run_id": JOB, "virtual_cluster_id": CLUSTER, "aws_conn_id": "aws_default", "poll_interval": 0.01}
    assert _events(JobRunTrigger(**arguments, api_patience=900.0))[0]["state"] == "COMPLETED"  # type: ignore[arg-type]


def test_key_that_is_refused_for_a_while_costs_no_job(api: Any) -> None:
    api.failures = [(403, "UnrecognizedClientException", "not known")] * 2
    (event,) = _events(_trigger())
    assert event["state"] == "COMPLETED"
    assert api.asked("DELETE") == []


def test_every_one_of_many_job_runs_is_cancelled_however_often_airflow_cancels_the_trigger(api: Any) -> None:
    # As TriggerRunner does it, whose rounds go on while `on_kill` waits.
    async def kill() -> None:
        killing = [asyncio.create_task(_trigger().on_kill()) for _ in range(40)]
        for _ in range(20):
            await asyncio.sleep(0.01)
            for task in killing:
                task.cancel()
        await asyncio.gather(*killing)

    asyncio.run(kill())
    assert len(api.asked("DELETE")) == 40


@pytest.mark.parametrize(
    ("states", "cancelled"),
    [
        ({"monday": {"load": "deferred"}}, 0),
        ({"monday": {"load_3": "deferred"}}, 0),
        ({"monday": {"load": "failed"}}, 1),
        ({"monday": {"load": None}}, 1),
        ({}, 1),
        (AirflowRuntimeError(ErrorResponse(error=ErrorType.API_SERVER_ERROR)), 1),
    ],
)
def test_job_run_is_cancelled_unless_its_task_is_deferred_all_the_same(
    api: Any, make_ti: Any, monkeypatch: pytest.MonkeyPatch, states: Any, cancelled: int
) -> None:
    class Supervisor:
        """Airflow's, which knows the task's state."""

        def send(self, question: GetTaskStates) -> TaskStatesResult:
            assert (question.dag_id, question.task_ids, question.run_ids) == ("flights", ["load"], ["monday"])
            if isinstance(states, Exception):
                raise states
            return TaskStatesResult(task_states=states)

    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", Supervisor(), raising=False)
    trigger = _trigger()
    trigger._task_instance = make_ti(run_id="monday")
    asyncio.run(trigger.on_kill())
    assert len(api.asked("DELETE")) == cancelled


def test_api_that_stays_away_ends_with_an_event_that_says_so(connect: Callable[..., None]) -> None:
    connect("http://127.0.0.1:9")
    (event,) = _events(_trigger(api_patience=0.05))
    assert event["id"] == JOB
    assert f"Cannot describe the job run '{JOB}' at http://127.0.0.1:9" in event["unwatched"]


def test_job_run_that_is_not_there_ends_with_an_event_at_once(api: Any) -> None:
    api.failures = [(400, "ResourceNotFoundException", "Job run does not exist")]
    (event,) = _events(_trigger())
    assert "Job run does not exist" in event["lost"]
    assert len(api.requests) == 1


async def _in_a_triggerer(api: Any, message: str | None, *, timeout_after: datetime.datetime | None = None) -> None:
    runner = TriggerRunner()
    runner.triggers[1] = {"task": None, "is_watcher": False, "name": "t", "events": 0}  # type: ignore[typeddict-item]
    task = asyncio.create_task(runner.run_trigger(1, _trigger(), timeout_after))
    while not api.requests:
        await asyncio.sleep(0.01)
    if message:
        runner.triggers[1]["task"] = task
        runner.to_cancel.append(1)
        await runner.cancel_triggers()
    else:
        task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def test_user_who_clears_or_marks_the_task_cancels_the_job_run(api: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    asyncio.run(_in_a_triggerer(api, "by the user"))
    assert [path for _, path, _ in api.asked("DELETE")] == [f"/virtualclusters/{CLUSTER}/jobruns/{JOB}"]


def test_triggerer_that_stops_cancels_nothing(api: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    asyncio.run(_in_a_triggerer(api, None))
    assert api.asked("DELETE") == []


def test_timeout_is_left_to_the_operator(api: Any) -> None:
    api.states = [{"state": "RUNNING"}]
    past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
    asyncio.run(_in_a_triggerer(api, "by the scheduler", timeout_after=past))
    assert api.asked("DELETE") == []


def test_kill_of_what_has_ended_is_no_error(api: Any) -> None:
    api.failures = [(400, "ValidationException", "not cancellable")]
    asyncio.run(_trigger().on_kill())
    assert len(api.asked("DELETE")) == 1
