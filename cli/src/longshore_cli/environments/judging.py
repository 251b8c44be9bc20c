"""What an environment's status tells of how far it has come. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from longshore_cli.environments.state import State

REFUSED = ("InvalidSpec", "QuotaExceeded", "NameTaken")
"""Reasons for which it cannot be had: nothing comes of waiting."""
_FAILED = ("ReleaseFailed", "DeadlineExceeded")
_GIT_FAULTS = ("RefNotFound", "RepositoryDenied")
"""The controller tries these again, but hardly with another outcome while somebody waits."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How far it is."""

    end: Literal["refused", "failed", "broken", "done"] | None
    """refused: it cannot be had; failed: it does not come up, or cannot read its branch; broken: it runs, and some
    files cannot be imported; done: it is as it should be. None: it is on its way."""
    text: str
    """What goes on, or what is wrong."""


def up(state: State) -> Verdict:
    """Whether its Airflow is up."""
    degraded = state.conditions.get("Degraded")
    if degraded is not None and degraded.status == "True" and degraded.generation == state.generation:
        if degraded.reason in REFUSED:
            return Verdict(end="refused", text=degraded.message)
        if degraded.reason in _FAILED:
            return Verdict(end="failed", text=f"{degraded.reason}: {degraded.message}")
    if state.phase == "Deleting":
        return Verdict(end="failed", text="it is being deleted.")
    if state.ready:
        return Verdict(end="done", text="Airflow is up")
    return Verdict(end=None, text=_why(state))


def parsed(state: State, *, head: str | None) -> Verdict:
    """Whether its Airflow is up, and has parsed what it should.

    Args:
        head: the commit that it should have parsed; None where nobody could tell.
    """
    if (verdict := up(state)).end != "done":
        return verdict
    synced = state.conditions.get("Synced")
    reason = synced.reason if synced else ""
    if synced is not None and reason in _GIT_FAULTS and head is None:
        return Verdict(end="failed", text=f"{reason}: {synced.message}")
    there = reason in ("Parsed", "ImportErrors") if head is None else state.commit == head
    # A commit none of whose files can be imported may be known by nothing.
    if state.import_errors and (there or state.commit is None):
        files = ", ".join(each.file for each in state.import_errors)
        return Verdict(end="broken", text=f"{files} cannot be imported")
    if there:
        return Verdict(end="done", text=f"Airflow has parsed {(state.commit or '')[:7]}")
    what = state.follows if head is None else head[:7]
    fault = "" if synced is None or not synced.message or reason in ("Parsing", "Parsed", "NotSeen") else synced.message
    return Verdict(end=None, text=f"Airflow is up, and parses {what}" + (f" ({fault})" if fault else ""))


def pods_shown(pods: Iterable[Mapping[str, Any]]) -> str:
    """How many pods of Airflow's there are, and are ready; empty without any."""
    here = [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]
    ready = sum(
        each["type"] == "Ready" and each["status"] == "True"
        for pod in here
        for each in pod.get("status", {}).get("conditions") or ()
    )
    return f"{ready} of {len(here)} pods ready" if here else ""


def _why(state: State) -> str:
    for kind, wrong in (("Degraded", "True"), ("Ready", "False")):
        condition = state.conditions.get(kind)
        if condition is not None and condition.status == wrong and condition.message:
            return f"{state.phase}: {condition.message}"
    return state.phase
