"""The progress of an environment, read from its status. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from longshore_cli.environments.resource.state import State

REFUSED = ("InvalidSpec", "QuotaExceeded", "NameTaken")
"""Reasons of a refusal: waiting does not help."""
_FAILED = ("ReleaseFailed", "DeadlineExceeded")
_GIT_FAULTS = ("RefNotFound", "RepositoryDenied")
"""The controller retries these, but the outcome hardly changes while a user waits."""


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """The progress of an environment."""

    outcome: Literal["refused", "failed", "broken", "done"] | None
    """refused: the platform does not create it; failed: it does not start, or cannot read its branch; broken: it runs,
    but some files cannot be imported; done: it is as wanted. None: it is still in progress."""
    text: str
    """The current activity, or the fault."""


def airflow_up(state: State) -> Readiness:
    """Judges whether its Airflow is up."""
    degraded = state.conditions.get("Degraded")
    if degraded is not None and degraded.status == "True" and degraded.generation == state.generation:
        if degraded.reason in REFUSED:
            return Readiness(outcome="refused", text=degraded.message)
        if degraded.reason in _FAILED:
            return Readiness(outcome="failed", text=f"{degraded.reason}: {degraded.message}")
    if state.phase == "Deleting":
        return Readiness(outcome="failed", text="it is being deleted.")
    if state.ready:
        return Readiness(outcome="done", text="Airflow is up")
    return Readiness(outcome=None, text=_why(state))


def commit_parsed(state: State, *, head: str | None) -> Readiness:
    """Judges whether its Airflow is up and has parsed the right commit.

    Args:
        head: the commit that it should have parsed; None if that is unknown.
    """
    if (verdict := airflow_up(state)).outcome != "done":
        return verdict
    synced = state.conditions.get("Synced")
    reason = synced.reason if synced else ""
    if synced is not None and reason in _GIT_FAULTS and head is None:
        return Readiness(outcome="failed", text=f"{reason}: {synced.message}")
    there = reason in ("Parsed", "ImportErrors") if head is None else state.commit == head
    # If no file of a commit can be imported, Airflow may show no sign of the commit.
    if state.import_errors and (there or state.commit is None):
        files = ", ".join(each.file for each in state.import_errors)
        return Readiness(outcome="broken", text=f"{files} cannot be imported")
    if there:
        return Readiness(outcome="done", text=f"Airflow has parsed {(state.commit or '')[:7]}")
    what = state.follows if head is None else head[:7]
    fault = "" if synced is None or not synced.message or reason in ("Parsing", "Parsed", "NotSeen") else synced.message
    return Readiness(outcome=None, text=f"Airflow is up, and parses {what}" + (f" ({fault})" if fault else ""))


def pod_summary(pods: Iterable[Mapping[str, Any]]) -> str:
    """Counts the pods of Airflow and the ready ones, as a text; empty without pods."""
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
