"""The lifecycle of an environment: awake, asleep or expired, by its spec and its last activity. Pure.

Activity renews an environment's lifetime: if age alone counted, environments would vanish while users work in them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from environments.resource.spec import Environment

Sleep = Literal["Wanted", "Idle"]
WARNINGS = (timedelta(hours=1), timedelta(hours=24))
"""The times before an environment's end at which its owner is warned; the nearest first."""


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """The state that an environment should have at one moment."""

    sleep: Sleep | None
    """The reason for sleep: `spec.asleep` is set, or no activity for `spec.idle`. None: it is awake."""
    expires_at: datetime | None
    expired: bool
    warning: timedelta | None
    """The one of `WARNINGS` that is due, because no more time than that is left."""

    @property
    def asleep(self) -> bool:
        return self.sleep is not None


def lifecycle(environment: Environment, *, last_activity: datetime, now: datetime) -> Lifecycle:
    """Returns the state that the environment should have now.

    Args:
        last_activity: see `latest_activity`; a time to come counts as now.
    """
    last_activity = min(last_activity, now)
    expires_at = None if environment.ttl is None else last_activity + environment.ttl
    left = None if expires_at is None else expires_at - now
    idle = environment.idle is not None and now - last_activity >= environment.idle
    return Lifecycle(
        sleep="Wanted" if environment.asleep else "Idle" if idle else None,
        expires_at=expires_at,
        expired=left is not None and left <= timedelta(0),
        warning=None if left is None else _warning(left, environment.ttl),
    )


def latest_activity(environment: Environment, *others: datetime | None) -> datetime:
    """Returns the time of the last activity: the object's creation, its last touch, or any of `others`."""
    known = (environment.created_at, environment.touched_at, *others)
    return max(moment for moment in known if moment is not None)


def _warning(left: timedelta, ttl: timedelta | None) -> timedelta | None:
    # An owner who asked for less than a day is not warned at once.
    due = (before for before in WARNINGS if left <= before and (ttl is None or ttl > before))
    return next(due, None)
