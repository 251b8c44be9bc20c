"""The time in which one server dispatches job runs, and its end."""

import math
import time
from dataclasses import dataclass

from emr_containers.exceptions import TermEndedError


def boot_clock() -> float:
    """Returns seconds that also pass while the machine sleeps; only differences mean anything."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux only
    return time.clock_gettime(clock)


@dataclass(kw_only=True)
class Term:
    """One server's right to dispatch: a generation in the database, and a lease that the server renews."""

    generation: int
    """Each term's is higher than all before it; a write of an older one is refused."""
    ends_at: float = math.inf
    """By `boot_clock`: from then on another server may have the lock."""

    def check(self) -> None:
        """Checks that the lease has not run out.

        Raises:
            TermEndedError: it has; nothing may be started, stopped or finished any more.
        """
        if boot_clock() >= self.ends_at:
            raise TermEndedError(f"The lease of generation {self.generation} has run out.")

    def end(self) -> None:
        """Ends it now, also for threads that are at work."""
        self.ends_at = -math.inf
