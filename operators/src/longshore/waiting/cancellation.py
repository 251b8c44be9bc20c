"""Cancels a job run whose task has ended."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from longshore.exceptions import ApiUnavailableError, LongshoreError
from longshore.waiting.watch import cancellation_news

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


def cancel_retrying(
    job_run_id: str | None,
    make_hook: "Callable[[], EmrContainersHook]",
    *,
    patience: float,
    log: "logging.Logger | Any",
    pause: float = 1.0,
    name: str | None = None,
) -> None:
    """Requests the cancellation until the API accepts it; called in threads. Raises nothing: the outcome is in the log.

    Args:
        job_run_id: the job run; None: all unfinished ones that have `name`.
        make_hook: called for each try, so that a changed connection takes effect.
        patience: seconds of retries while the API is unavailable.
        log: of the task, or of the process.
        pause: seconds between two tries.
        name: where the job run's ID is not known, its name, which only the tries of one task instance have.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            hook = make_hook()
            for one in [job_run_id] if job_run_id else hook.active_job_runs(name or ""):
                log.info(cancellation_news(one, hook.cancel_job_run(one)))
        except ApiUnavailableError as error:
            if time.monotonic() < deadline:
                time.sleep(pause)
                continue
            log.error("The job run may go on: %s", error)
        except LongshoreError as error:
            log.error("The job run may go on: %s", error)
        return


def cancel_once(job_run_id: str, hook: "EmrContainersHook", *, log: "logging.Logger | Any") -> str:
    """Requests the cancellation of a job run, as the last act of its task. Raises nothing.

    Returns:
        A sentence for the task's error: whether the API has accepted the request.
    """
    try:
        cancelled = hook.cancel_job_run(job_run_id)
    except LongshoreError as error:
        log.error("The job run may go on: %s", error)
        return "Its cancellation could not be asked for: end it before trying again."
    log.info(cancellation_news(job_run_id, cancelled))
    return "Its cancellation was asked for."
