"""Cancels the job runs of tasks that end without a call of the operator or its trigger.

It also tags the job runs of appends and of many tables whose tasks have succeeded, in the task's own process or by a
user's mark: see `longshore.submission.commit`.

Airflow calls listeners

- in the API server, for a task or a DAG run that a user marks;
- in the scheduler, for a task whose worker is lost (no heartbeat, or the executor says so), and for a DAG run that
  ends, and with it tasks that failed unnoticed, such as one whose process was killed;
- in a task's own process, where the operator itself cancels or tags.

What is running is read from XCom at once: a moment later the task may have been cleared, and have another job run. The
API is asked by another process (`longshore.plugins.leftovers`).
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from longshore.links.published import JOB_RUN_KEYS, PLACE_KEYS
from longshore.plugins.leftovers import Leftover, LeftoversProcess
from longshore.submission.commit import COMMIT_KEY

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.sdk.types import RuntimeTaskInstanceProtocol
    from sqlalchemy import ColumnElement

_LEFTOVERS = LeftoversProcess()


@hookimpl
def on_task_instance_failed(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """Cancels the job run: the worker was lost, or a user has marked the task."""
    _end(task_instance)


@hookimpl
def on_task_instance_success(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """Cancels the job run of a task that a user has marked, or tags that of one that has succeeded in this process."""
    if _in_own_process(task_instance):
        operator = getattr(task_instance, "task", None)
        if getattr(operator, "commits_once", False):
            operator.record_success()  # type: ignore[union-attr]
        return
    _end(task_instance, succeeded=True)


@hookimpl
def on_task_instance_skipped(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """Cancels the job run: a user has marked the task."""
    _end(task_instance)


@hookimpl
def on_dag_run_failed(dag_run: "DagRun") -> None:
    """Cancels the job runs of failed tasks: the DAG run has ended."""
    _end_failed_tasks(dag_run)


@hookimpl
def on_dag_run_success(dag_run: "DagRun") -> None:
    """Cancels the job runs of failed tasks, which a successful DAG run may have, too."""
    _end_failed_tasks(dag_run)


def _in_own_process(task_instance: object) -> bool:
    return type(task_instance).__module__.startswith("airflow.sdk.")


def _end(task_instance: Any, *, succeeded: bool = False) -> None:
    if _in_own_process(task_instance):
        return
    from airflow.models.xcom import XComModel

    _cancel_those_of(
        task_instance,
        XComModel.dag_id == task_instance.dag_id,
        XComModel.run_id == task_instance.run_id,
        XComModel.task_id == task_instance.task_id,
        XComModel.map_index == task_instance.map_index,
        succeeded=succeeded,
    )


def _end_failed_tasks(dag_run: "DagRun") -> None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.xcom import XComModel
    from sqlalchemy import select, tuple_

    failed = select(TaskInstance.task_id, TaskInstance.map_index).where(
        TaskInstance.dag_id == dag_run.dag_id, TaskInstance.run_id == dag_run.run_id, TaskInstance.state == "failed"
    )
    _cancel_those_of(
        dag_run,
        XComModel.dag_id == dag_run.dag_id,
        XComModel.run_id == dag_run.run_id,
        tuple_(XComModel.task_id, XComModel.map_index).in_(failed),
    )


def _cancel_those_of(changed: Any, *where: "ColumnElement[bool]", succeeded: bool = False) -> None:
    """Cancels the job runs in the XComs `where`, read in the session in which `changed` has changed.

    Args:
        succeeded: whether their tasks have; those with a commit key are tagged.
    """
    from airflow.models.xcom import XComModel
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    session = object_session(changed)
    if session is None:
        return
    columns = (XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value)
    tasks: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    keys = XComModel.key.in_((*JOB_RUN_KEYS, COMMIT_KEY))
    for task_id, map_index, key, value in session.execute(select(*columns).where(keys, *where)):
        tasks[task_id, map_index][key] = value
    _LEFTOVERS.send(
        Leftover(
            virtual_cluster_id=found["virtual_cluster_id"],
            aws_conn_id=found["aws_conn_id"],
            job_run_id=found.get("job_run_id"),
            name=found.get("job_run_name"),
            succeeded=succeeded and COMMIT_KEY in found,
        )
        for found in tasks.values()
        if found.keys() >= set(PLACE_KEYS) and (found.get("job_run_id") or found.get("job_run_name"))
    )
