"""Whether an environment is awake, asleep or at its end, by what is asked for and when it was last wanted. Pure.

Time is renewed by activity: previews that are deleted by their age alone vanish while somebody works on them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from environments.spec import Environment

Sleep = Literal["Wanted", "Idle"]
WARNINGS = (timedelta(hours=1), timedelta(hours=24))
"""How long before its end an environment's owner is told; the nearest first."""


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """What an environment should be at one moment."""

    sleep: Sleep | None
    """Why it is asleep: `spec.asleep` says so, or nobody has wanted it for `spec.idle`. None: it is awake."""
    expires_at: datetime | None
    expired: bool
    warning: timedelta | None
    """The one of `WARNINGS` that is due: so little, or less, is left."""

    @property
    def asleep(self) -> bool:
        return self.sleep is not None


def lifecycle(environment: Environment, *, last_activity: datetime, now: datetime) -> Lifecycle:
    """What the environment should be now.

    Args:
        last_activity: see `latest_activity`; one that is yet to come counts as now.
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
    """The last moment at which somebody wanted the environment: made it, touched it, or any of `others`."""
    known = (environment.created_at, environment.touched_at, *others)
    return max(moment for moment in known if moment is not None)


def _warning(left: timedelta, ttl: timedelta | None) -> timedelta | None:
    # Who asked for less than a day has not to be told so at once.
    due = (before for before in WARNINGS if left <= before and (ttl is None or ttl > before))
    return next(due, None)
