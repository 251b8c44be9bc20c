"""The XComs of a task: where its job run is, for links and for those that cancel it."""

import logging
from typing import TYPE_CHECKING, Any

from longshore.exceptions import LongshoreError
from longshore.hooks.log_address import log_address
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink, history_address

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

PLACE_KEYS = ("virtual_cluster_id", "aws_conn_id")
JOB_RUN_KEYS = (*PLACE_KEYS, "job_run_name", "job_run_id")
"""A job run's place and name, published before it starts, and its ID after that."""


def announce(task_instance: Any, hook: "EmrContainersHook", name: str) -> None:
    """Publishes the name of a job run before it starts: a worker that is lost from now on leaves it running."""
    task_instance.xcom_push(key="virtual_cluster_id", value=hook.virtual_cluster_id)
    task_instance.xcom_push(key="aws_conn_id", value=hook.aws_conn_id)
    task_instance.xcom_push(key="job_run_name", value=name)


def publish(
    task_instance: Any, hook: "EmrContainersHook", job_run_id: str, *, spark: bool, log: "logging.Logger | Any"
) -> None:
    """Publishes the ID of a job run that was started, and the addresses of its pages.

    Args:
        task_instance: the context's `ti`.
        hook: of the job run's virtual cluster.
        job_run_id: the job run.
        spark: whether its task has a link to the Spark History Server.
        log: of the task.
    """
    task_instance.xcom_push(key="job_run_id", value=job_run_id)
    try:
        # Without a signature: XCom is read by many, for a long time (see `longshore.plugins.signed_log_link`).
        task_instance.xcom_push(key=JobLogLink().xcom_key, value=log_address(hook, job_run_id))
    except LongshoreError as error:
        log.warning("There is no link to the job's log: %s", error)
    if spark and (address := history_address(hook.settings.history_server_url, job_run_id)):
        task_instance.xcom_push(key=SparkHistoryLink().xcom_key, value=address)


def withdraw(task_instance: Any) -> None:
    """Publishes that the task has another job run from now on, whose ID is not known yet."""
    task_instance.xcom_push(key="job_run_id", value="")


def published_job_run(task_instance: Any) -> tuple[str | None, str | None]:
    """Returns the ID and the virtual cluster of the job run that the task has published; None for what it has not."""
    job_run_id, virtual_cluster_id = (
        task_instance.xcom_pull(key=key, task_ids=task_instance.task_id, map_indexes=task_instance.map_index)
        for key in ("job_run_id", "virtual_cluster_id")
    )
    return job_run_id, virtual_cluster_id
