"""The job runs that earlier tries of a task may have left: this try goes on with one, or ends them before its own.

Two would write the same target. So a try that cannot look for them, or cannot end one, starts none.
"""

import time
from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from longshore.exceptions import ApiNotFoundError, ApiUnavailableError, LeftoverJobRunError, LongshoreError
from longshore.waiting import unwatched
from longshore.waiting.own_job_run import OwnJobRun
from longshore.waiting.retrying import retrying
from longshore.waiting.watch import Watch

if TYPE_CHECKING:
    from airflow.sdk import Context

_T = TypeVar("_T")


def follow_earlier_tries(
    own: OwnJobRun, context: "Context", *, own_tokens: Collection[str], api_patience: float
) -> None:
    """Gives `own` the id of the job run with which this try goes on, and ends all others of earlier tries.

    Args:
        own: this try's, not started.
        context: the task's.
        own_tokens: the client tokens of this try: a worker that was lost may have left a job run of a later step.
        api_patience: seconds for which the end of a cancelled job run is waited for while the API is unavailable.

    Raises:
        LeftoverJobRunError: they could not be looked for, or one could not be ended.
        ApiUnavailableError: the API was away for longer than the patience.
    """
    _take_up(own, context)
    name = own.request["name"]
    try:
        leftovers = _retrying(own, lambda: own.hook.active_job_runs(name, but=own_tokens))
    except ApiUnavailableError:
        raise
    except LongshoreError as error:
        raise LeftoverJobRunError(
            f"This try starts no job run, because one of an earlier try may still run. {error} A retry needs the "
            "rights ListJobRuns, DescribeJobRun and CancelJobRun: give them to the connection's key, and clear the "
            f"task. Until then, look for job runs named {name!r}."
        ) from error
    for leftover in leftovers:
        if leftover != own.id:
            _end(own, leftover, api_patience=api_patience)


def _take_up(own: OwnJobRun, context: "Context") -> None:
    left = unwatched.remembered(context, log=own.log)
    if left is None:
        return
    own.id = left.job_run_id  # a kill from now on cancels it
    try:
        job_run = _retrying(own, lambda: own.hook.describe_job_run(left.job_run_id))
    except ApiNotFoundError:
        taken = False
    else:
        digest = unwatched.request_digest(own.request)
        taken = left.taken_up(job_run, request_digest=digest, max_tries=context["ti"].max_tries)
    # A later try finds it again only if this one could not watch it either.
    unwatched.forget(context, log=own.log)
    if taken:
        own.log.info("Job run %s of an earlier try is taken up: it is %s", job_run.id, job_run.state)
    else:
        own.id = None


def _end(own: OwnJobRun, leftover: str, *, api_patience: float) -> None:
    """Cancels a job run of an earlier try, and waits for its end."""
    try:
        if _retrying(own, partial(own.hook.cancel_job_run, leftover)):
            own.log.warning("Job run %s of an earlier try is still running: it is cancelled", leftover)
        watch, describe = Watch(own.poll_interval), partial(own.hook.describe_job_run, leftover)
        while not _retrying(own, describe, patience=api_patience).finished:
            time.sleep(watch.pause())
    except ApiNotFoundError:
        return  # it has ended, and was removed since
    except ApiUnavailableError:
        raise  # if it comes back just now, this try's job run must not start beside another one
    except LongshoreError as error:
        raise LeftoverJobRunError(
            f"This try starts no job run, because job run {leftover} of an earlier try may still run. {error} Wait for "
            f"its end, or cancel it with `longshore jobs cancel {leftover}`; then clear the task."
        ) from error


def _retrying(own: OwnJobRun, call: Callable[[], _T], *, patience: float | None = None) -> _T:
    seconds = own.patience if patience is None else patience
    return retrying(call, poll_interval=own.poll_interval, patience=seconds, log=own.log)
