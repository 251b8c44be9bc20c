"""The controller's memory of one environment: only facts that may be lost.

Everything else is in the cluster, so a restarted controller continues where the earlier one was killed.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from environments.exceptions import EnvironmentsError, HelmError
from environments.observed.observation import Observation
from environments.observed.usage import Usage

_LONG_AGO = float("-inf")
REPAIR_SECONDS = 120.0
"""Seconds between two repairs of the objects beside the release, and before a failed one is retried."""
_RELEASE_SECONDS = 600.0
"""Seconds before a release that was rolled back is retried unchanged, because each attempt disturbs running pods."""


@dataclass
class Memory:
    """The controller's memory of one environment. Times without a type of their own are the monotonic clock's."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the environment is changed."""
    used_at: datetime | None = None
    """The time at which its object was created or changed; the status holds it from the next look on."""
    failure: tuple[str, str] | None = None
    """The reason and message of the last attempt to apply the environment; None if that succeeded."""
    usage: Usage | None = None
    counted_at: float | None = None
    """The time up to which `usage` is counted."""
    troubles: tuple[str, ...] = ()
    """Reasons why pods were not ready since the last release began: a rollback removes the pods."""
    looked_at: float = _LONG_AGO
    silent_since: float | None = None
    """The time at which the environment was first found expired, and its Airflow serving but silent about its use."""
    retained_rows_given_back: bool = False
    applied_at: float = _LONG_AGO
    """The time at which the objects beside the release were last applied."""
    retry_at: float = 0.0
    """The earliest time of the next attempt after a failure."""

    def observed(self, observation: Observation, *, now: float) -> None:
        """Remembers the troubles of an observation, and counts the resources that pods requested since the last."""
        if observation.requested is None:
            return
        self.troubles = tuple(observation.troubles) or self.troubles
        if self.usage is not None and self.counted_at is not None:
            self.usage = self.usage.after(observation.requested, seconds=now - self.counted_at)
        self.counted_at = now

    def silent(self, is_silent: bool, *, now: float) -> None:
        """Remembers since when an expired environment's Airflow is silent; forgets it once it is not."""
        if not is_silent:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = now

    def succeeded(self) -> None:
        """Forgets the last failure."""
        self.failure, self.retry_at = None, 0.0

    def failed(self, error: EnvironmentsError, *, now: float) -> None:
        """Remembers a failure, and puts the next attempt off."""
        of_release = isinstance(error, HelmError)
        self.failure = (error.reason, "; ".join((*(self.troubles if of_release else ()), str(error))))
        self.retry_at = now + (_RELEASE_SECONDS if of_release else REPAIR_SECONDS)
