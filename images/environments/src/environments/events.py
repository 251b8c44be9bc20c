"""What an environment's owner is told by events: what has changed from one status to the next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_ALARMING = {"Synced": "False", "Degraded": "True", "Expiring": "True"}
"""Conditions, and the status of each that is told."""


@dataclass(frozen=True, kw_only=True)
class News:
    """One event."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def news(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[News, ...]:
    """The events of a change of status: another phase, and conditions that somebody should look at."""
    found = []
    if now["phase"] != before.get("phase") and now["phase"] != "Degraded":
        found.append(News(type="Normal", reason=now["phase"], message=f"The environment is {now['phase'].lower()}."))
    if now.get("commit") and now["commit"] != before.get("commit"):
        found.append(News(type="Normal", reason="Parsed", message=f"Airflow has parsed {now['commit']}."))
    known = {each["type"]: each for each in before.get("conditions") or []}
    for each in now["conditions"]:
        told = known.get(each["type"], {})
        if each["status"] != _ALARMING.get(each["type"]) or told.get("reason") == each["reason"]:
            continue
        found.append(News(type="Warning", reason=each["reason"], message=each["message"]))
    return tuple(found)
