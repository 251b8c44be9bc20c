"""The events about an environment: its owner learns by them what changed from one status to the next. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

_ALARMING = {"Synced": "False", "Degraded": "True", "Expiring": "True"}
"""The conditions that raise a warning, and the status at which they do."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of Kubernetes."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str


def events(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Event, ...]:
    """Returns the events of a change of status: a new phase or commit, and conditions that need attention."""
    found = []
    if now["phase"] != before.get("phase") and now["phase"] != "Degraded":
        found.append(Event(type="Normal", reason=now["phase"], message=f"The environment is {now['phase'].lower()}."))
    if now.get("commit") and now["commit"] != before.get("commit"):
        found.append(Event(type="Normal", reason="Parsed", message=f"Airflow has parsed {now['commit']}."))
    known = {each["type"]: each for each in before.get("conditions") or []}
    for each in now["conditions"]:
        told = known.get(each["type"], {})
        if each["status"] != _ALARMING.get(each["type"]) or told.get("reason") == each["reason"]:
            continue
        found.append(Event(type="Warning", reason=each["reason"], message=each["message"]))
    return tuple(found)
