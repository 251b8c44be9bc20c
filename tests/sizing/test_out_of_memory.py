"""A task whose job lacks memory, with a real job server whose jobs are processes: a script stands in for spark-submit.

Its job completes with a driver of 1500 MiB or more, and else ends as Spark's does whose heap is full.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import TaskDeferred
from longshore.exceptions import JobRunFailedError
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.operators import SparkContainerOperator
from longshore.submission.attempt import Attempt, client_token, job_run_name
from longshore.triggers.job_run import JobRunTrigger
from operators.conftest import TaskInstance
from support.job_runs import ROLE, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY, client, serving, write_files

EVENTS: list[dict[str, Any]] = [
    {"Event": "SparkListenerLogStart", "Spark Version": "4.1.4"},
    {"Event": "SparkListenerApplicationStart", "App ID": "local-1", "Timestamp": 0},
    {
        "Event": "SparkListenerTaskEnd",
        "Stage ID": 0,
        "Task End Reason": {"Reason": "ExceptionFailure", "Class Name": "java.lang.OutOfMemoryError"},
        "Task Info": {"Executor ID": "driver", "Launch Time": 0, "Finish Time": 5000},
    },
    {"Event": "SparkListenerJobEnd", "Completion Time": 5000, "Job Result": {"Result": "JobFailed"}},
]
SCRIPT = """#!/bin/sh
heap=1024
while [ $# -gt 0 ]; do case "$1" in
--driver-memory) heap=${{2%m}};;
spark.eventLog.dir=file://*) place=${{1#spark.eventLog.dir=file://}};;
spark.x=table) echo "the table is missing" > "$LONGSHORE_TERMINATION_LOG"; exit 3;;
spark.x=gate) while [ ! -e {folder}/gate ]; do sleep 0.05; done;;
esac; shift; done
cp {folder}/log "$place/local-1"
[ "$heap" -ge 1500 ] || {{ echo "java.lang.OutOfMemoryError: Java heap space" >&2; exit 52; }}
"""
TEMPLATE = {
    "releaseLabel": "logging",
    "executionRoleArn": ROLE,
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/job.sh",
            "sparkSubmitParameters": "--conf spark.driver.memory=${driver_memory}",
        }
    },
    "parameterConfiguration": {"driver_memory": {"type": "STRING", "defaultValue": "1g"}},
}


@dataclass(frozen=True)
class Task:
    """A task of its own in a virtual cluster of its own."""

    emr: Any
    folder: Path
    """The server's."""
    cluster: str
    template: str
    ti: TaskInstance

    def operator(self, **changes: Any) -> SparkContainerOperator:
        defaults: dict[str, Any] = {"spark_resources": "auto", "deferrable": False, "poll_interval": 0.1}
        return SparkContainerOperator(task_id="load", job_template_id=self.template, **{**defaults, **changes})

    def run(self, **changes: Any) -> None:
        """Runs the task as a worker does, or again as another worker."""
        operator = self.operator(**changes)
        token = ExecutorSafeguard.tracker.set(operator)
        try:
            operator.execute({"ti": self.ti, "task_state_store": self.ti.store})  # type: ignore[typeddict-item]
        finally:
            ExecutorSafeguard.tracker.reset(token)

    @property
    def attempt(self) -> Attempt:
        return Attempt.of(self.ti, environment="default")

    def job_runs(self) -> list[dict[str, Any]]:
        """The job runs of the task, the oldest first."""
        listed = self.emr.list_job_runs(virtualClusterId=self.cluster, name=job_run_name(self.attempt))["jobRuns"]
        return sorted(listed, key=lambda each: (each["createdAt"], each["id"]))

    def assert_one_for_each_step(self) -> None:
        first, second = self.job_runs()
        tokens = [client_token(self.attempt, step) for step in (0, 1)]
        assert [first["clientToken"], second["clientToken"]] == tokens
        assert [first["state"], second["state"]] == ["FAILED", "COMPLETED"]
        assert "--driver-memory 1536m" in second["jobDriver"]["sparkSubmitJobDriver"]["sparkSubmitParameters"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL and the folder of a job server."""
    folder: Path = tmp_path_factory.mktemp("out-of-memory")
    submit = folder / "spark-submit"
    row = (
        f'[logging]\nkind = "spark"\ncommand = ["{submit}"]\napplication_directory = "application"\n'
        f'spark_defaults = {{ "spark.eventLog.enabled" = "true", "spark.eventLog.dir" = "file://{folder}/events" }}\n'
    )
    write_files(folder, {"job.sh": ""}, releases=row)
    (folder / "log").write_text("\n".join(json.dumps(event, separators=(",", ":")) for event in EVENTS) + "\n")
    submit.write_text(SCRIPT.format(folder=folder))
    submit.chmod(0o755)
    with serving(folder) as url:
        yield url, folder


@pytest.fixture
def task(server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Task:
    endpoint, folder = server
    emr = client(endpoint)
    cluster = new_cluster(emr)
    service = {"endpoint_url": endpoint, "virtual_cluster_id": cluster}
    extra = {"region_name": "us-east-1", "service_config": {"emr-containers": service}}
    connection = {"conn_type": "aws", "login": ACCESS_KEY, "password": SECRET_KEY, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    template = emr.create_job_template(name="t", jobTemplateData=TEMPLATE)["id"]
    return Task(emr, folder, cluster, template, TaskInstance())


class Killed(BaseException):
    """The end of a worker, at any line."""


def _kill_at_start(patch: pytest.MonkeyPatch, number: int, *, answered: bool) -> None:
    """Kills the worker at its start of a job run with this number, before the request or before its answer."""
    start, calls = EmrContainersHook.start_job_run, []

    def dying(hook: EmrContainersHook, request: Any) -> str:
        calls.append(request)
        if len(calls) != number:
            return start(hook, request)
        if answered:
            start(hook, request)
        raise Killed

    patch.setattr(EmrContainersHook, "start_job_run", dying)


def test_a_job_that_lacked_memory_is_started_again_with_more_and_the_log_says_so(
    task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    task.run()
    task.assert_one_for_each_step()
    output = capsys.readouterr().out
    assert "lacked memory: driver heap of 1024 MiB. The job is started again (1 of 2 at most) with more" in output
    assert "driver heap 1024 to 1536 MiB: a run with 1024 MiB ended for a lack of it" in output


def test_the_next_dag_run_begins_with_what_was_enough(task: Task) -> None:
    task.run()
    task.ti.run_id, task.ti.id = "manual__2", "0198"
    task.run()
    (only,) = task.job_runs()
    assert only["state"] == "COMPLETED"


def test_a_job_that_fails_otherwise_is_not_started_again(task: Task) -> None:
    with pytest.raises(JobRunFailedError, match="the table is missing"):
        task.run(conf={"spark.x": "table"})
    assert len(task.job_runs()) == 1


@pytest.mark.parametrize("answered", [False, True], ids=["before the request", "before the answer"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_is_killed_around_a_start_leads_to_one_job_run_for_each_step(
    task: Task, monkeypatch: pytest.MonkeyPatch, number: int, answered: bool
) -> None:
    with monkeypatch.context() as patch:
        _kill_at_start(patch, number, answered=answered)
        with pytest.raises(Killed):
            task.run()
    task.run()
    task.assert_one_for_each_step()


def _fired(deferral: TaskDeferred) -> dict[str, Any]:
    """The event of a deferred task's trigger, made again as in the triggerer."""

    async def fire() -> Any:
        return (await anext(JobRunTrigger(**deferral.trigger.serialize()[1]).run())).payload

    event: dict[str, Any] = json.loads(json.dumps(asyncio.run(fire())))
    return event


def test_a_deferred_task_goes_on_alike(task: Task) -> None:
    context: Any = {"ti": task.ti, "task_state_store": task.ti.store}
    options: dict[str, Any] = {"deferrable": True, "conf": {"spark.x": "gate"}}
    with pytest.raises(TaskDeferred) as caught:
        task.run(**options)
    (task.folder / "gate").touch()
    deferral: TaskDeferred | None = caught.value
    while deferral is not None:
        event, deferral = _fired(deferral), None
        try:
            task.operator(**options).execute_complete(context, event=event)
        except TaskDeferred as again:
            deferral = again
    task.assert_one_for_each_step()


def test_a_kill_between_the_steps_and_a_retry_start_nothing_beside_another(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next try has tokens of its own, and walks its own steps after it has ended what it finds."""
    with monkeypatch.context() as patch:
        _kill_at_start(patch, 2, answered=True)
        with pytest.raises(Killed):
            task.run()
    for job_run in task.job_runs():
        wait(task.emr, task.cluster, job_run["id"])
    task.ti.try_number, task.ti.id = 2, "0198"
    task.run()
    last = task.job_runs()[-1]
    assert (last["clientToken"], last["state"]) == (client_token(task.attempt), "COMPLETED")
