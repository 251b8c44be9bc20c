"""The deadlines of a driver that does not start. Pure.

Two clocks run. A fault such as an image that cannot be pulled may take a while to be repaired, from when it is first
seen. The job's own `job-start-timeout` counts from the beginning, whatever the driver waits for.
"""

from dataclasses import dataclass, replace
from typing import Literal

from emr_containers.runtimes.kubernetes.observed.pending_reasons import PendingReason

Overdue = Literal["fault", "start"]
"""The deadline that is over: that of a fault, or the job's `job-start-timeout`."""


@dataclass(frozen=True, kw_only=True)
class StartDeadlines:
    """The times until which a driver may take to start, in seconds of one monotonic clock."""

    fault_seconds: float
    """Seconds that a fault may last; see `KubernetesSettings.start_error_timeout`."""
    start_at: float | None = None
    """The end of the job's `job-start-timeout`; None: the job sets none."""
    fault_since: float | None = None
    """The time at which the present fault was first seen; None: there is none."""
    fault_at: float | None = None
    """The time at which the present fault ends the run; None: there is none."""

    def after(self, reason: PendingReason | None, *, now: float) -> "StartDeadlines":
        """Returns the deadlines once `reason` is what keeps the driver from running.

        A fault that turns into another one keeps its time; waiting for something that ends by itself clears it.
        """
        if reason is None or reason.tolerance == "unlimited":
            return replace(self, fault_since=None, fault_at=None)
        since = now if self.fault_since is None else self.fault_since
        seconds = 0 if reason.tolerance == "none" else self.fault_seconds
        return replace(self, fault_since=since, fault_at=since + seconds)

    def overdue(self, *, running: bool, now: float) -> Overdue | None:
        """Returns the deadline that is over; None: neither is.

        Args:
            running: whether a driver of the run has started, which ends its `job-start-timeout`.
        """
        if self.fault_at is not None and self.fault_at <= now:
            return "fault"
        return "start" if not running and self.start_at is not None and self.start_at <= now else None

    def remaining(self, *, running: bool, now: float) -> float | None:
        """Returns the seconds until the next deadline; None: there is none.

        Args:
            running: as for `overdue`.
        """
        ends = [at for at in (self.fault_at, None if running else self.start_at) if at is not None]
        return min(ends) - now if ends else None
