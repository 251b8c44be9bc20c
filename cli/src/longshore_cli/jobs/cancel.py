"""`longshore jobs cancel`: requests cancellations, and waits until the job runs have ended."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from longshore_cli.base.progress import Progress
from longshore_cli.clients.job_api import JobApi, api_errors
from longshore_cli.exceptions import ApiUnavailableError, JobRunEndedError
from longshore_cli.jobs.runs import find_job_run, refresh_run
from longshore_cli.jobs.states import ENDED

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_UNAVAILABLE_SECONDS = 60.0


def cancel(api: JobApi, job_runs: Sequence[str], *, wanted_cluster: str | None, wait: bool, progress: Progress) -> None:
    """Cancels the job runs with these IDs.

    Args:
        wait: wait until all have ended, not only until the API has accepted the cancellations.

    Raises:
        ApiError: one of them does not exist (nothing is cancelled then), or the API refuses.
        JobRunEndedError: one of them ended by itself, before or despite the cancellation.
    """
    runs = [find_job_run(api, job_run, wanted_cluster=wanted_cluster) for job_run in dict.fromkeys(job_runs)]
    asked = [_ask(api, run, progress) for run in runs]
    ended = _wait(api, asked, progress) if wait else asked
    others = [f"{run['id']} is {run['state']}" for run in ended if run["state"] in ("COMPLETED", "FAILED")]
    if others:
        raise JobRunEndedError(f"Not cancelled, because it had already ended: {', '.join(others)}.")


def _ask(api: JobApi, run: "JobRunTypeDef", progress: Progress) -> "JobRunTypeDef":
    if run["state"] in ENDED:
        progress.say(f"{run['id']}  had already ended: {run['state']}")
        return run
    with api_errors(f"The job run {run['id']!r} cannot be cancelled"):
        try:
            api.emr.cancel_job_run(id=run["id"], virtualClusterId=run["virtualClusterId"])
        except api.emr.exceptions.ValidationException:
            # It may have ended meanwhile; otherwise the refusal is the answer.
            run = refresh_run(api, run)
            if run["state"] not in ENDED:
                raise
            progress.say(f"{run['id']}  has just ended: {run['state']}")
            return run
    run = refresh_run(api, run)
    progress.say(f"{run['id']}  {run['state']}")
    return run


def _wait(api: JobApi, runs: "list[JobRunTypeDef]", progress: Progress) -> "list[JobRunTypeDef]":
    heard = time.monotonic()
    while left := [run for run in runs if run["state"] not in ENDED]:
        progress.now(f"waiting for {', '.join(run['id'] for run in left)} to end")
        time.sleep(0.5)
        try:
            runs = [run if run["state"] in ENDED else _observed(api, run, progress) for run in runs]
            heard = time.monotonic()
        except ApiUnavailableError:
            if time.monotonic() - heard > _UNAVAILABLE_SECONDS:
                raise
    return runs


def _observed(api: JobApi, run: "JobRunTypeDef", progress: Progress) -> "JobRunTypeDef":
    now = refresh_run(api, run)
    if now["state"] in ENDED:
        progress.say(f"{now['id']}  {now['state']}")
    return now
