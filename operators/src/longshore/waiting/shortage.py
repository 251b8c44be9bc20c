"""Asks the job server, on a worker, whether a failed job run lacked memory.

The server reads a job run's event log after its end, and then tags the job run. By the time that the tags are seen its
plan knows the log, so a job run that is started after that gets more.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from longshore.waiting.retrying import retrying
from longshore.waiting.watch import START_PATIENCE, Watch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

LACKED_TAG, MORE_TAG = "longshore.dev/lacked-memory", "longshore.dev/more-memory"
"""The keys of the tags; the server's."""
NOTHING = "nothing"
"""The value of the first one for a job run that failed for another reason."""
PATIENCE = 300.0
"""Seconds for which the tags are waited for: a log of gigabytes takes a while to read."""


@dataclass(frozen=True)
class Shortage:
    """A lack of memory that ended a job run."""

    lacked: str
    """The part that was too small, such as `driver heap of 1024 MiB`."""
    more: str | None
    """The size that changes in the next job run, such as `driver heap 1024 to 1536 MiB`; None: it would get no more."""


def wait_for_shortage(
    job_run_id: str,
    hook: "EmrContainersHook",
    *,
    poll_interval: float,
    log: "logging.Logger | Any",
    patience: float = PATIENCE,
) -> Shortage | None:
    """Returns the lack of memory that ended a job run; None: it failed for another reason, or the server does not say.

    Args:
        job_run_id: a job run that failed and was sized by the server.
        hook: of its virtual cluster.
        poll_interval: longest pause between two questions, in seconds.
        log: of the task.
        patience: seconds for which the server may take to read the event log.

    Raises:
        LongshoreError: the API refuses the question, or was unavailable for too long.
    """
    watch, deadline = Watch(poll_interval), time.monotonic() + patience
    describe = partial(hook.described_job_run, job_run_id)
    while True:
        described = retrying(describe, poll_interval=poll_interval, patience=START_PATIENCE, log=log)
        tags: Mapping[str, str] = described.get("tags") or {}
        if LACKED_TAG in tags:
            return None if tags[LACKED_TAG] == NOTHING else Shortage(tags[LACKED_TAG], tags.get(MORE_TAG))
        if time.monotonic() >= deadline:
            log.warning(
                "The server has not read the event log of job run %s within %.0f s: it is not known whether it lacked "
                "memory, and the job is not started again.",
                job_run_id,
                patience,
            )
            return None
        time.sleep(watch.pause())
