"""Cancels the job runs of tasks that end where neither the operator nor its trigger hears of it.

Airflow calls listeners

- in the API server, for a task or a DAG run that a user marks;
- in the scheduler, for a task whose worker is lost (no heartbeat, or the executor says so), and for a DAG run that
  ends: with it those of its tasks that have failed without anybody's notice, such as one whose process was killed;
- in a task's own process, where the operator itself does what is to be done.

What is running is read from XCom at once: a moment later the task may have been cleared, and have another job run. The
API is asked in threads, since neither a user's request nor the scheduler's loop may wait for it.
"""

import logging
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.listeners import hookimpl

from longshore.cancellation import cancel_patiently
from longshore.job_run import API_PATIENCE

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun
    from airflow.models.taskinstance import TaskInstance
    from airflow.sdk.types import RuntimeTaskInstanceProtocol
    from sqlalchemy import ColumnElement

log = logging.getLogger(__name__)

XCOM_KEYS = ("job_run_id", "virtual_cluster_id", "aws_conn_id")
"""What the operators push as soon as a job run is started; a task that has all of them is one of theirs."""

_CANCELS = ThreadPoolExecutor(4, "longshore-leftovers")


@hookimpl
def on_task_instance_failed(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """The worker was lost, or a user has marked the task."""
    _end(task_instance)


@hookimpl
def on_task_instance_success(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """A user has marked the task."""
    _end(task_instance)


@hookimpl
def on_task_instance_skipped(task_instance: "TaskInstance | RuntimeTaskInstanceProtocol") -> None:
    """A user has marked the task."""
    _end(task_instance)


@hookimpl
def on_dag_run_failed(dag_run: "DagRun") -> None:
    """Nothing of the DAG run is to go on."""
    _end_failed_tasks(dag_run)


@hookimpl
def on_dag_run_success(dag_run: "DagRun") -> None:
    """Nothing of the DAG run is to go on; a task of it may have failed all the same."""
    _end_failed_tasks(dag_run)


def _end(task_instance: Any) -> None:
    if type(task_instance).__module__.startswith("airflow.sdk."):
        return  # the task's own process
    from airflow.models.xcom import XComModel

    _cancel_those_of(
        task_instance,
        XComModel.dag_id == task_instance.dag_id,
        XComModel.run_id == task_instance.run_id,
        XComModel.task_id == task_instance.task_id,
        XComModel.map_index == task_instance.map_index,
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


def _cancel_those_of(changed: Any, *where: "ColumnElement[bool]") -> None:
    """Cancels the job runs in the XComs `where`, read in the session in which `changed` has changed."""
    from airflow.models.xcom import XComModel
    from sqlalchemy import select
    from sqlalchemy.orm import object_session

    session = object_session(changed)
    if session is None:
        return
    columns = (XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value)
    tasks: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    for task_id, map_index, key, value in session.execute(select(*columns).where(XComModel.key.in_(XCOM_KEYS), *where)):
        tasks[task_id, map_index][key] = value
    for found in tasks.values():
        if len(found) == len(XCOM_KEYS):
            _CANCELS.submit(_cancel, *(found[key] for key in XCOM_KEYS))


def _cancel(job_run_id: str, virtual_cluster_id: str, aws_conn_id: str | None) -> None:
    try:
        from longshore.hooks.emr_containers import EmrContainersHook

        make_hook = partial(EmrContainersHook, aws_conn_id, virtual_cluster_id=virtual_cluster_id)
        cancel_patiently(job_run_id, make_hook, patience=API_PATIENCE, log=log)
    except Exception:
        log.exception("The job run %s may go on", job_run_id)  # nobody looks at what the thread raises
