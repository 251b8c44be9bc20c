"""One commit for each task instance: by its key, a job finds that its rows are already written.

A job that appends writes its key beside its rows, and appends nothing if its key already exists. So does a job of many
tables in each of them, whatever its mode. All tries of a task instance have the same key, so that a retry does not
append twice, and moves only the tables that are missing. A user who clears a task that had succeeded wants its work
done again, so the key also names the newest job run whose task had succeeded. Airflow does not keep that through a
clear, so the job run gets a tag when the task succeeds (`longshore.plugins.listener`).
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from longshore.exceptions import ApiError, ApiUnavailableError
from longshore.submission.attempt import Attempt, instance_digest, job_run_name

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

COMMIT_KEY = "commit_key"
"""The template parameter, and the XCom of a task whose job run has one."""
SUCCESS_TAG = ("longshore.dev/task-state", "success")
"""Key and value of the tag of a job run whose task has succeeded."""


def commit_key(attempt: Attempt, hook: "EmrContainersHook", *, label: str | None, log: "logging.Logger | Any") -> str:
    """Returns the attempt's key: `<digest>:<job run>`, or `<digest>:-` before the task's first success.

    The first try asks, too: a DAG run that was deleted and made again has the same digest, and other rows.

    Args:
        attempt: whose try does not matter.
        hook: lists the job runs of the task instance.
        label: of their names, see `job_run_name`.
        log: the task's.

    Raises:
        ApiUnavailableError: the API cannot tell whether the task had succeeded.
    """
    name = job_run_name(attempt, label)
    try:
        succeeded = hook.newest_job_run(name, tag=SUCCESS_TAG)
    except ApiUnavailableError:
        raise
    except ApiError as error:
        log.warning(
            "It is not known whether the task had succeeded before. If it had and was cleared, this counts as a "
            "retry, and rows that are already there are not written again: %s",
            error,
        )
        succeeded = None
    return f"{instance_digest(attempt)[:32]}:{succeeded or '-'}"


def record_success(
    job_run_id: str, make_hook: "Callable[[], EmrContainersHook]", *, log: "logging.Logger | Any"
) -> None:
    """Tags the job run of a task that has succeeded. Raises nothing: the task is done, and failures are logged.

    Args:
        job_run_id: the job run.
        make_hook: makes its client.
        log: of the task, or of the process.
    """
    try:
        make_hook().tag_job_run(job_run_id, dict([SUCCESS_TAG]))
    except Exception as error:  # noqa: BLE001  nothing is to be done about any
        log.warning(
            "Job run %s does not get the tag %s=%s. If the task is cleared, that counts as a retry, and its rows are "
            "not written again: %s",
            job_run_id,
            *SUCCESS_TAG,
            error,
        )
    else:
        log.info("Job run %s has the tag %s=%s", job_run_id, *SUCCESS_TAG)
