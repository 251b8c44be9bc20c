"""The conditions in the status of an environment. Pure.

They follow Kubernetes' conventions ("API Conventions", Typical status properties): a condition keeps its
`lastTransitionTime` for as long as its status stays the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from environments.observed.observation import Observation
from environments.observed.pods import COMPONENTS
from environments.plan.lifecycle import Lifecycle
from environments.resource.spec import Environment
from environments.status.phase import START_LIMIT, Phase, is_running

_MAX_MESSAGE = 1000
"""Maximum length of a condition's message."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition without its times."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str = ""


def conditions(
    environment: Environment,
    observation: Observation,
    *,
    phase: Phase,
    lifecycle: Lifecycle,
    overdue: bool,
    known: Mapping[str, Mapping[str, Any]],
) -> dict[str, Condition]:
    """Returns all conditions, by type.

    Args:
        overdue: see `is_overdue`.
        known: see `by_type`.
    """
    return {
        "Ready": _ready(phase, observation, lifecycle),
        "Synced": _synced(environment, observation, known.get("Synced")),
        "Progressing": _progressing(phase, known, overdue=overdue),
        "Degraded": _degraded(phase, observation),
        "Expiring": _expiring(lifecycle),
    }


def with_times(
    conditions: Mapping[str, Condition], *, known: Mapping[str, Mapping[str, Any]], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """Returns the conditions as the status holds them; one whose status is unchanged keeps its time."""
    shown = []
    for kind, condition in conditions.items():
        before = known.get(kind, {})
        same = before.get("status") == condition.status
        shown.append(
            {
                "type": kind,
                "status": condition.status,
                "reason": condition.reason,
                "message": condition.message[:_MAX_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": before["lastTransitionTime"] if same else time_text(now),
            }
        )
    return shown


def by_type(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Returns the conditions of a status, by type."""
    return {each["type"]: each for each in status.get("conditions") or []}


def is_overdue(known: Mapping[str, Mapping[str, Any]], now: datetime) -> bool:
    """Returns whether the environment has been coming up for longer than `START_LIMIT`, and is not ready since."""
    progressing = known.get("Progressing", {})
    if progressing.get("reason") == "DeadlineExceeded":
        return True  # until it is ready
    since = progressing.get("lastTransitionTime")
    return progressing.get("status") == "True" and now - datetime.fromisoformat(str(since)) > START_LIMIT


def time_text(moment: datetime) -> str:
    """Returns a time as the status writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _ready(phase: Phase, observation: Observation, lifecycle: Lifecycle) -> Condition:
    if is_running(observation) and not lifecycle.asleep:
        return Condition(status="True", reason="Running")  # also while other pods start, or fail to
    if phase == "Asleep":
        why = "spec.asleep is set" if lifecycle.sleep == "Wanted" else "it was not used"
        return Condition(status="False", reason="Asleep", message=f"It is asleep because {why}. Its data are kept.")
    missing = set(COMPONENTS) - {each.component for each in observation.workloads if each.ready}
    waits = f"Not ready: {', '.join(sorted(missing))}." if missing else "Airflow does not answer yet."
    return Condition(status="False", reason=phase, message=waits)


def _synced(environment: Environment, observation: Observation, before: Mapping[str, Any] | None) -> Condition:
    fault, airflow = observation.git_fault, observation.airflow
    if fault is not None:
        return Condition(status="False", reason=fault.reason, message=fault.message)
    if airflow is None:
        if before is not None:  # nothing newer is known
            return Condition(status=before["status"], reason=before["reason"], message=before.get("message", ""))
        return Condition(status="Unknown", reason="NotSeen", message="Airflow has not answered yet.")
    if airflow.import_errors:
        files = ", ".join(each.file for each in airflow.import_errors)
        return Condition(status="False", reason="ImportErrors", message=f"These files cannot be imported: {files}.")
    if airflow.commit is None:
        what = environment.git.branch or environment.git.commit
        return Condition(status="Unknown", reason="Parsing", message=f"Airflow has not parsed all of {what} yet.")
    return Condition(status="True", reason="Parsed", message=f"Airflow has parsed {airflow.commit}.")


def _progressing(phase: Phase, known: Mapping[str, Mapping[str, Any]], *, overdue: bool) -> Condition:
    if phase in ("Pending", "Progressing"):
        return Condition(status="True", reason="ComingUp" if phase == "Pending" else "PodsChange")
    if phase == "Degraded" and (overdue or known.get("Progressing", {}).get("reason") == "DeadlineExceeded"):
        return Condition(status="False", reason="DeadlineExceeded")
    return Condition(status="False", reason=phase)


def _degraded(phase: Phase, observation: Observation) -> Condition:
    if observation.failure is not None:
        reason, message = observation.failure
        return Condition(status="True", reason=reason, message=message)
    if phase == "Degraded":
        if observation.troubles:
            return Condition(status="True", reason="PodsFail", message="; ".join(observation.troubles))
        return Condition(status="True", reason="DeadlineExceeded", message="It has not become ready in time.")
    return Condition(status="False", reason="AsExpected")


def _expiring(lifecycle: Lifecycle) -> Condition:
    if lifecycle.warning is None or lifecycle.expires_at is None:
        return Condition(status="False", reason="TimeLeft")
    hours = int(lifecycle.warning.total_seconds() // 3600)
    return Condition(
        status="True",
        reason=f"EndsWithin{hours}Hours" if hours > 1 else "EndsWithinAnHour",
        message=f"It is deleted at {time_text(lifecycle.expires_at)} unless it is used or its time is extended.",
    )
