"""A job run as the API describes it, and the pace at which it is watched.

The operator (without deferring) and the trigger (in the triggerer) watch alike: both use `Watch`, each with its own
way to sleep.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from longshore.exceptions import LongshoreError

# CANCEL_PENDING is in the first: the job still runs, and may still complete.
ACTIVE_STATES = frozenset({"PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"})
TERMINAL_STATES = frozenset({"COMPLETED", "FAILED", "CANCELLED"})

API_PATIENCE = 900.0
"""Seconds for which an API that is away is asked about a job that runs, before the task gives up on it."""
START_PATIENCE = 120.0
"""The same before the job runs: a worker waits, and nothing is lost by trying again later."""

_LONGEST_BACK_OFF = 60.0


@dataclass(frozen=True)
class JobRun:
    """What is known of a job run at one moment; also the payload of the trigger's event (`as_event`)."""

    id: str
    virtual_cluster_id: str
    state: str
    """One of `ACTIVE_STATES` and `TERMINAL_STATES`."""
    state_details: str = ""
    """The API's own words about the state, at most 256 characters."""
    failure_reason: str = ""
    """INTERNAL_ERROR, USER_ERROR, VALIDATION_ERROR or CLUSTER_UNAVAILABLE; empty unless FAILED."""

    @classmethod
    def from_api(cls, described: Mapping[str, Any]) -> "JobRun":
        """From `DescribeJobRun`'s `jobRun`."""
        return cls(
            id=described["id"],
            virtual_cluster_id=described["virtualClusterId"],
            state=described["state"],
            state_details=described.get("stateDetails", ""),
            failure_reason=described.get("failureReason", ""),
        )

    @property
    def finished(self) -> bool:
        return self.state in TERMINAL_STATES

    def as_event(self) -> dict[str, str]:
        """The fields, for `JobRun(**event)` on the other side."""
        return asdict(self)


@dataclass
class Watch:
    """When to ask next, what is worth telling, and when to give up on an API that is away.

    Args:
        poll_interval: the longest pause between two questions, in seconds. Pauses begin at a second (or at
            `poll_interval`, if that is less) and grow to a tenth of the time waited, so that a short job is seen to end
            soon and a long one costs few requests.
        patience: seconds of consecutive failures after which `pause_after` gives up.
        clock: seconds, monotonic.
    """

    poll_interval: float
    patience: float = API_PATIENCE
    clock: Callable[[], float] = time.monotonic
    _last: JobRun | None = field(default=None, init=False)
    _away_since: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def pause(self) -> float:
        """Seconds to wait before the next question."""
        return min(self.poll_interval, max(1.0, (self.clock() - self._start) / 10))

    def pause_after(self, error: LongshoreError) -> float:
        """Seconds to wait after an answer that did not come: doubled each time, up to a minute.

        Raises:
            LongshoreError: `error` itself, when there has been no answer for `patience`.
        """
        now = self.clock()
        self._away_since = now if self._away_since is None else self._away_since
        if now - self._away_since >= self.patience:
            raise error
        self._failures += 1
        return min(min(self.poll_interval, 1.0) * 2.0 ** min(self._failures, 10), _LONGEST_BACK_OFF)

    def news(self, job_run: JobRun) -> str | None:
        """A line for the log if the state or its details have changed since the last call, else None."""
        self._away_since, self._failures = None, 0
        if job_run == self._last:
            return None
        self._last = job_run
        details = f": {job_run.state_details}" if job_run.state_details else ""
        return f"Job run {job_run.id} is {job_run.state}{details}"


def cancellation_news(job_run_id: str, cancelled: bool) -> str:
    """A line for the log about a cancellation that the API has heard; `cancelled` as `cancel_job_run` returns it."""
    return f"Job run {job_run_id} {'is being cancelled' if cancelled else 'had ended already'}"
