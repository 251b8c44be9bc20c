"""The changes that the commands make to an environment's object, as JSON merge patches. Pure.

By the rules of the controller (`lifecycle.py`): an environment ends its `ttl` after the last activity, and the moment
in the activity annotation is one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from longshore_cli.environments.durations import duration, written
from longshore_cli.environments.names import ACTIVITY_ANNOTATION, FORGET_ANNOTATION
from longshore_cli.environments.state import State

KEEP_SCHEMA: dict[str, Any] = {"spec": {"keepSchema": True}}
FORGET: dict[str, Any] = {"metadata": {"annotations": {FORGET_ANNOTATION: "true"}}}
ASLEEP: dict[str, Any] = {"spec": {"asleep": True}}


def touched(now: datetime) -> dict[str, Any]:
    """Somebody wants it now: it wakes if it was idle, and its time begins anew."""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"metadata": {"annotations": {ACTIVITY_ANNOTATION: moment}}}


def awake(state: State, *, now: datetime) -> dict[str, Any]:
    """It shall be awake, whyever it is asleep. What is awake keeps its spec, so that nothing is applied anew."""
    return {**touched(now), **({"spec": {"asleep": False}} if state.asleep_by_wish else {})}


def extended(state: State, *, by: timedelta, now: datetime) -> tuple[dict[str, Any], datetime] | None:
    """The environment ends no sooner than `by` after its end so far; and when that is. None: it never ends.

    Its time begins anew, and is made longer where that is not enough.

    Args:
        now: aware.
    """
    if state.ttl is None:
        return None
    ttl = duration(state.ttl)
    end = max(state.expires_at or now + ttl, now) + by
    if now + ttl >= end:
        return touched(now), now + ttl
    longer = written(end - now)
    return {**touched(now), "spec": {"ttl": longer}}, now + duration(longer)
