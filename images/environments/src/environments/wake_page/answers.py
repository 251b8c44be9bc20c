"""The answer to a visitor of an environment whose Airflow does not answer, and whether the visit wakes it. Pure.

Visitors are not signed in here. They are told only what the status says, and can do nothing but wake the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from environments.resource.names import ACTIVITY_ANNOTATION
from environments.resource.times import moment

_WAKE_INTERVAL = timedelta(seconds=30)
"""The time until a request to wake shows in the phase; after it, the request is repeated."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The content of an answer."""

    status: int
    """The HTTP status: 503 if the situation will change by itself, 404 if not."""
    title: str
    text: str
    phase: str | None = None
    conditions: tuple[Mapping[str, str], ...] = field(default=())
    """Each with type, status, reason and message."""


def answer(name: str, body: Mapping[str, Any] | None, *, waking: bool) -> Answer:
    """Returns the answer about an environment.

    Args:
        body: the object; None if there is none.
        waking: whether it sleeps and was asked to wake.
    """
    if body is None:
        how = f"Create it with: longshore env create {name} --branch BRANCH"
        return Answer(status=404, title=f"There is no environment {name}", text=how)
    status, spec = body.get("status") or {}, body["spec"]
    phase = status.get("phase") or "Pending"
    if body["metadata"].get("deletionTimestamp"):
        text = "Its Airflow and its data are being deleted."
        return Answer(status=404, title=f"{name} is being deleted", text=text, phase="Deleting")
    if phase == "Asleep" and waking:
        title, text = f"{name} wakes up", "It was not used. Its data are kept, and Airflow is up within a minute."
    elif phase == "Asleep" and spec.get("asleep"):
        title = f"{name} is asleep"
        text = f"{spec['owner']} has put it to sleep. Opening it does not wake it; use: longshore env wake {name}"
    elif phase == "Asleep":
        title, text = f"{name} is asleep", "It was not used. Its data are kept; opening its address wakes it."
    elif phase == "Ready":
        title, text = f"{name} does not answer", "Its Airflow is running, and should answer at once."
    elif phase == "Degraded":
        title, text = f"{name} is degraded", "It has failed to come up. Its conditions give the reason."
    else:
        title, text = f"{name} is starting", "This page becomes Airflow as soon as that is ready."
    conditions = tuple(
        {key: str(each.get(key, "")) for key in ("type", "status", "reason", "message")}
        for each in status.get("conditions") or []
    )
    return Answer(status=503, title=title, text=text, phase=phase, conditions=conditions)


def wants_to_open(method: str, headers: Mapping[str, str]) -> bool:
    """Returns whether a request means to open the environment.

    Browsers prefetch pages that may never be opened. An Airflow page that was left open goes on polling, and would
    keep its environment awake for ever. Source: W3C, "Fetch Metadata Request Headers".
    """
    return (
        method in ("GET", "HEAD")
        and headers.get("Sec-Fetch-Dest") != "empty"
        and "prefetch" not in headers.get("Sec-Purpose", headers.get("Purpose", ""))
    )


def may_wake(body: Mapping[str, Any] | None) -> bool:
    """Returns whether a visit may wake the environment: it sleeps for lack of use, not by its owner's wish."""
    if body is None or body["metadata"].get("deletionTimestamp") or body["spec"].get("asleep"):
        return False
    return (body.get("status") or {}).get("phase") == "Asleep"


def was_just_touched(body: Mapping[str, Any], now: datetime) -> bool:
    """Returns whether the last request to wake is so recent that it may not show in the phase yet."""
    text = (body["metadata"].get("annotations") or {}).get(ACTIVITY_ANNOTATION)
    try:
        return text is not None and now - moment(text) < _WAKE_INTERVAL
    except ValueError:
        return False
