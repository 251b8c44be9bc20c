"""The changes that commands make to an environment's object, as JSON merge patches. Pure.

The controller's rules (`lifecycle.py`): an environment ends its `ttl` after the last activity, and the time in the
activity annotation counts as one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from longshore_libs.durations import format_duration

from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.environments.resource.names import ACTIVITY_ANNOTATION, FORGET_ANNOTATION
from longshore_cli.environments.resource.state import State

KEEP_SCHEMA: dict[str, Any] = {"spec": {"keepSchema": True}}
FORGET: dict[str, Any] = {"metadata": {"annotations": {FORGET_ANNOTATION: "true"}}}
ASLEEP: dict[str, Any] = {"spec": {"asleep": True}}


def touched(now: datetime) -> dict[str, Any]:
    """Records activity now: an idle environment wakes, and its time to live starts again."""
    moment = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"metadata": {"annotations": {ACTIVITY_ANNOTATION: moment}}}


def awake(state: State, *, now: datetime) -> dict[str, Any]:
    """Wakes it, for whatever reason it sleeps. If it is awake, its spec stays, so that nothing is applied again."""
    return {**touched(now), **({"spec": {"asleep": False}} if state.sleep_requested else {})}


def extended(state: State, *, by: timedelta, now: datetime) -> tuple[dict[str, Any], datetime] | None:
    """Postpones the end by at least `by`; returns the patch and the new end. None if it never ends.

    Its time to live starts again, and becomes longer if that is not enough.

    Args:
        now: timezone-aware.
    """
    if state.ttl is None:
        return None
    ttl = parse_duration(state.ttl)
    end = max(state.expires_at or now + ttl, now) + by
    if now + ttl >= end:
        return touched(now), now + ttl
    longer = format_duration(end - now)
    return {**touched(now), "spec": {"ttl": longer}}, now + parse_duration(longer)
