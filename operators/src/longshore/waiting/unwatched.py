"""Remembers a job run that a try of a task could not watch any longer, so that the next try goes on with it.

Airflow keeps it in the task's state store, which lasts from try to try.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longshore.exceptions import JobRunUnwatchedError
from longshore.hooks.job_run import JobRun

if TYPE_CHECKING:
    from airflow.sdk import Context

STORE_KEY = "longshore_unwatched_job_run"
"""The key in the task's state store."""


@dataclass(frozen=True)
class UnwatchedJobRun:
    """A job run that was neither seen to end nor cancelled."""

    job_run_id: str
    request_digest: str
    """Digest of the request that started it, see `request_digest`."""
    max_tries: int
    """Airflow's number for the task instance, which a user who clears the task changes, and a retry does not."""

    def taken_up(self, job_run: JobRun, *, request_digest: str, max_tries: int) -> bool:
        """Returns whether a try goes on with the job run instead of starting its own.

        It does if it would start the same one, and this one runs, or has completed since and the try is a retry. A user
        who clears the task after its job run has completed wants it done again.

        Args:
            job_run: as the API describes it now.
            request_digest: of the try's own request.
            max_tries: of the task instance.
        """
        if request_digest != self.request_digest:
            return False
        if job_run.state == "COMPLETED":
            return max_tries == self.max_tries
        return not job_run.finished and job_run.state != "CANCEL_PENDING"


def request_digest(request: Mapping[str, Any]) -> str:
    """Returns 64 hexadecimal digits for what a StartJobRun request asks for, the same for all tries that ask alike."""
    what = {name: value for name, value in request.items() if name != "clientToken"}
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()


def remember(context: "Context", job_run_id: str, digest: str, *, log: "logging.Logger | Any") -> None:
    """Stores the job run for the next try. Raises nothing."""
    unwatched = UnwatchedJobRun(job_run_id, digest, context["ti"].max_tries)
    try:
        context["task_state_store"].set(STORE_KEY, asdict(unwatched))
    except Exception as error:  # noqa: BLE001  Airflow's errors have no common base; the task fails in any case
        log.warning("The next try cannot go on with job run %s, and will cancel it: %s", job_run_id, error)


def remembered(context: "Context", *, log: "logging.Logger | Any") -> UnwatchedJobRun | None:
    """Returns the job run that an earlier try could not watch any longer, or None. Raises nothing."""
    try:
        stored = context["task_state_store"].get(STORE_KEY)
        return UnwatchedJobRun(**stored) if isinstance(stored, dict) else None  # type: ignore[arg-type]
    except Exception as error:  # noqa: BLE001  as above
        log.warning("It is not known whether an earlier try has left its job run to this one: %s", error)
        return None


def forget(context: "Context", *, log: "logging.Logger | Any") -> None:
    """Removes what is stored. Raises nothing."""
    try:
        context["task_state_store"].delete(STORE_KEY)
    except Exception as error:  # noqa: BLE001  as above; it is the same job run that a later try would find
        log.warning("The job run of an earlier try is still stored: %s", error)


def failure(
    job_run_id: str, *, launched: str, virtual_cluster_id: str, patience: float, reason: str
) -> JobRunUnwatchedError:
    """Returns the task's error.

    Args:
        job_run_id: the job run.
        launched: what runs, for messages: `job template 'x'`.
        virtual_cluster_id: where it runs.
        patience: seconds after which the task gave up.
        reason: the last question's error, a sentence.
    """
    where = f"--id {job_run_id} --virtual-cluster-id {virtual_cluster_id}"
    return JobRunUnwatchedError(
        f"Job run {job_run_id} of {launched} could not be asked for within {timedelta(seconds=patience)} "
        f"(api_patience): {reason} It was not cancelled, and may still run. Look at it with "
        f"`longshore jobs logs {job_run_id}` or `aws emr-containers describe-job-run {where}`, and cancel it with "
        f"`longshore jobs cancel {job_run_id}` or `aws emr-containers cancel-job-run {where}`. A retry of this task "
        "goes on with it."
    )
