"""Airflow's own operator and sensor of the amazon provider, unmodified, and their deferrable forms.

They run as a task runs them, without a scheduler: what defers is resumed with the event of its trigger.
"""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.emr import EmrContainerOperator
from airflow.providers.amazon.aws.sensors.emr import EmrContainerSensor
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from conformance.targets import Target

TARGETS = ("ours", "aws")


@pytest.fixture(autouse=True)
def connection(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection aws_default."""
    of = target.environment
    extra = {"region_name": of.get("AWS_DEFAULT_REGION"), "endpoint_url": of.get("AWS_ENDPOINT_URL")}
    extra["profile_name"] = of.get("AWS_PROFILE")
    keys = {"login": of.get("AWS_ACCESS_KEY_ID"), "password": of.get("AWS_SECRET_ACCESS_KEY")}
    values = {"conn_type": "aws", **keys, "extra": {name: value for name, value in extra.items() if value}}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({name: value for name, value in values.items() if value}))


def operator(target: Target, cluster: str, does: str = "succeed", **changes: Any) -> EmrContainerOperator:
    job = target.job(does)
    return EmrContainerOperator(
        task_id="task",
        name=job["name"],
        virtual_cluster_id=cluster,
        execution_role_arn=target.role,
        release_label=target.release,
        job_driver=job["jobDriver"],
        poll_interval=1,
        **changes,
    )


def execute(task: Any, method: str = "execute", **arguments: Any) -> Any:
    """Calls a task's method as the task runner does."""
    token = ExecutorSafeguard.tracker.set(task)
    try:
        return getattr(task, method)(context={}, **arguments)
    finally:
        ExecutorSafeguard.tracker.reset(token)


def deferred(task: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as raised:
        execute(task)
    return raised.value


def resume(task: Any, deferral: TaskDeferred) -> Any:
    """Resumes the task with the event of its trigger, made again from its stored form. Returns the task's result."""
    path, arguments = deferral.trigger.serialize()
    module, name = path.rsplit(".", 1)
    trigger = getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))

    async def first_event() -> Any:
        events: AsyncIterator[Any] = trigger.run()
        return (await anext(events)).payload

    return execute(task, deferral.method_name, event=asyncio.run(first_event()))


def test_the_operator_waits_and_returns_the_runs_id(target: Target, emr: Any, cluster: str) -> None:
    task = operator(target, cluster, tags={"by": "airflow"}, job_retry_max_attempts=2)
    run = emr.describe_job_run(virtualClusterId=cluster, id=execute(task))["jobRun"]
    assert (run["state"], run["name"], run["tags"]) == ("COMPLETED", task.name, {"by": "airflow"})
    assert run["retryPolicyConfiguration"] == {"maxAttempts": 2}


def test_the_operator_fails_with_the_runs_reason(target: Target, cluster: str) -> None:
    with pytest.raises(AirflowException, match=r"Final state is FAILED.*Error: USER_ERROR - "):
        execute(operator(target, cluster, "fail"))


def test_the_operator_that_is_killed_cancels_its_run(target: Target, emr: Any, cluster: str) -> None:
    task = operator(target, cluster, "sleep", wait_for_completion=False)
    started = execute(task)
    task.on_kill()
    assert target.wait(emr, cluster, started)["state"] == "CANCELLED"


def test_the_operator_with_a_token_starts_one_run_however_often_it_is_executed(
    target: Target, emr: Any, cluster: str
) -> None:
    task = operator(target, cluster, client_request_token=target.job()["name"][:36])
    assert execute(task) == execute(task)
    assert len(emr.list_job_runs(virtualClusterId=cluster, name=task.name)["jobRuns"]) == 1


def test_the_deferrable_operator_defers_and_returns_the_runs_id(target: Target, emr: Any, cluster: str) -> None:
    task = operator(target, cluster, deferrable=True)
    started = resume(task, deferred(task))
    assert emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]["state"] == "COMPLETED"


def test_the_deferrable_operator_fails_when_its_run_does(target: Target, cluster: str) -> None:
    task = operator(target, cluster, "fail", deferrable=True)
    with pytest.raises(AirflowException, match="Job failed"):
        resume(task, deferred(task))


def test_a_trigger_that_is_killed_cancels_its_run(target: Target, emr: Any, cluster: str) -> None:
    trigger = deferred(operator(target, cluster, "sleep", deferrable=True)).trigger
    asyncio.run(trigger.on_kill())
    assert target.wait(emr, cluster, trigger.job_id)["state"] == "CANCELLED"


@pytest.mark.parametrize("deferrable", [False, True])
def test_the_sensor_waits_for_a_run(target: Target, emr: Any, cluster: str, deferrable: bool) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job())["id"]
    task = EmrContainerSensor(
        task_id="sensor", virtual_cluster_id=cluster, job_id=started, poll_interval=1, deferrable=deferrable
    )
    if deferrable:
        resume(task, deferred(task))
    else:
        execute(task)
    assert emr.describe_job_run(virtualClusterId=cluster, id=started)["jobRun"]["state"] == "COMPLETED"


@pytest.mark.parametrize("deferrable", [False, True])
def test_the_sensor_fails_when_the_run_has(target: Target, emr: Any, cluster: str, deferrable: bool) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job("fail"))["id"]
    task = EmrContainerSensor(
        task_id="sensor", virtual_cluster_id=cluster, job_id=started, poll_interval=1, deferrable=deferrable
    )
    with pytest.raises(AirflowException, match=r"FAILED|Job failed"):
        resume(task, deferred(task)) if deferrable else execute(task)
