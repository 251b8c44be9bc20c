"""The pace at which a job run is watched. Pure but for the clock.

The operator (without deferring) and the trigger (in the triggerer) both use `Watch`, each with its own way to sleep.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from longshore.hooks.job_run import JobRun

API_PATIENCE = 86_400.0
"""Seconds of retries while a job runs and the API cannot be asked: a day, in which a person has seen the warnings."""
START_PATIENCE = 120.0
"""The same before the job runs: a worker waits, and a later try loses nothing."""

_LONGEST_BACK_OFF = 60.0


@dataclass
class Watch:
    """The state of a watch: it tells when to ask next, what to log, and when to give up on an unavailable API.

    Args:
        poll_interval: the longest pause between two questions, in seconds. Pauses begin at a second (or at
            `poll_interval`, if that is less) and grow to a tenth of the time waited, so that a short job is seen to end
            soon and a long one costs few requests.
        patience: seconds of consecutive failures after which `pause_after` gives up.
        clock: seconds, monotonic.
        now: the time of day, for messages.
    """

    poll_interval: float
    patience: float = API_PATIENCE
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _last: JobRun | None = field(default=None, init=False)
    _unavailable_since: float | None = field(default=None, init=False)
    _failures: int = field(default=0, init=False)
    _next_warning: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._start = self.clock()

    def pause(self) -> float:
        """Returns the seconds to wait before the next question."""
        return min(self.poll_interval, max(1.0, (self.clock() - self._start) / 10))

    def pause_after(self, error: Exception) -> float:
        """Returns the seconds to wait after a question without an answer: doubled each time, up to a minute.

        Raises:
            Exception: `error` itself, when there has been no answer for `patience`.
        """
        now = self.clock()
        self._unavailable_since = now if self._unavailable_since is None else self._unavailable_since
        if now - self._unavailable_since >= self.patience:
            raise error
        self._failures += 1
        return min(min(self.poll_interval, 1.0) * 2.0 ** min(self._failures, 10), _LONGEST_BACK_OFF)

    @property
    def unavailable(self) -> bool:
        """True if the last question had no answer."""
        return self._unavailable_since is not None

    def warning(self, error: Exception) -> str | None:
        """Returns a line for the log about a question without an answer, or None if the last one is recent.

        The first failure gives one, and then each that comes after twice the time without an answer: a day has 17.
        It is called after `pause_after`.
        """
        elapsed = 0.0 if self._unavailable_since is None else self.clock() - self._unavailable_since
        if elapsed < self._next_warning:
            return None
        self._next_warning = 2 * elapsed
        since, end = (self.now() + timedelta(seconds=seconds) for seconds in (-elapsed, self.patience - elapsed))
        return (
            f"No answer about the job run since {since:%Y-%m-%d %H:%M:%S} UTC: {error} The job run goes on; the task "
            f"asks again, until {end:%Y-%m-%d %H:%M:%S} UTC at the longest (api_patience)."
        )

    def news(self, job_run: JobRun) -> str | None:
        """Returns a line for the log if the state or its details have changed since the last call, else None."""
        self._unavailable_since, self._failures, self._next_warning = None, 0, 0.0
        if job_run == self._last:
            return None
        self._last = job_run
        details = f": {job_run.state_details}" if job_run.state_details else ""
        return f"Job run {job_run.id} is {job_run.state}{details}"


def cancellation_news(job_run_id: str, cancelled: bool) -> str:
    """Returns a line for the log about an accepted cancellation; `cancelled` as `cancel_job_run` returns it."""
    return f"Job run {job_run_id} {'is being cancelled' if cancelled else 'had ended already'}"
