"""The cancellation of a job run whose task nobody waits for any more; for threads."""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from longshore.exceptions import ApiUnavailableError, LongshoreError
from longshore.job_run import cancellation_news

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


def cancel_patiently(
    job_run_id: str, make_hook: "Callable[[], EmrContainersHook]", *, patience: float, log: "logging.Logger | Any"
) -> None:
    """Asks for the cancellation until the API has heard it. Raises nothing: what comes of it is in the log.

    Args:
        job_run_id: the job run.
        make_hook: called for each try, so that a connection that has changed is heeded.
        patience: seconds for which an API that is away is asked again.
        log: of the task, or of the process.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            cancelled = make_hook().cancel_job_run(job_run_id)
        except ApiUnavailableError as error:
            if time.monotonic() < deadline:
                time.sleep(1.0)
                continue
            log.error("The job run may go on: %s", error)
        except LongshoreError as error:
            log.error("The job run may go on: %s", error)
        else:
            log.info(cancellation_news(job_run_id, cancelled))
        return
