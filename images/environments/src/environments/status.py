"""The status of an environment, from what is seen of it. Pure.

Conditions follow Kubernetes' conventions ("API Conventions", Typical status properties): one that stays as it is keeps
its `lastTransitionTime`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from environments.airflow_state import AirflowState
from environments.git_log import GitFault
from environments.lifecycle import Lifecycle
from environments.pods import API_SERVER, COMPONENTS, Requested, Workload
from environments.spec import Environment

Phase = Literal["Pending", "Progressing", "Ready", "Asleep", "Degraded", "Deleting"]
PATIENCE = timedelta(minutes=5)
"""How long an environment may come up before it counts as degraded."""
_MESSAGE = 1000
_HOUR = Decimal(3600)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One look at an environment."""

    workloads: Sequence[Workload] = ()
    troubles: Sequence[str] = ()
    airflow: AirflowState | None = None
    """None: it does not answer, or is asleep."""
    git_fault: GitFault | None = None
    failure: tuple[str, str] | None = None
    """Why it could not be made what it should be: a reason in CamelCase, and a message."""

    @property
    def serves(self) -> bool:
        """Whether its API server is ready."""
        return any(each.component == API_SERVER and each.ready for each in self.workloads)

    @property
    def used_at(self) -> datetime | None:
        """When somebody last used it, as Airflow tells."""
        return None if self.airflow is None else self.airflow.last_activity


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One condition, before it is known when it became so."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What an environment has asked for so far, exactly; the status rounds it."""

    cpu_hours: Decimal = field(default_factory=Decimal)
    memory_gib_hours: Decimal = field(default_factory=Decimal)

    def after(self, requested: Requested, *, seconds: float) -> "Usage":
        """With what was asked for during some more seconds."""
        hours = Decimal(str(seconds)) / _HOUR
        return Usage(
            cpu_hours=self.cpu_hours + requested.cpu * hours,
            memory_gib_hours=self.memory_gib_hours + requested.memory * hours,
        )

    def shown(self) -> dict[str, float]:
        return {
            "cpuHours": float(round(self.cpu_hours, 2)),
            "memoryGibHours": float(round(self.memory_gib_hours, 2)),
        }

    @classmethod
    def read(cls, status: Mapping[str, Any]) -> "Usage":
        """What the status says so far."""
        usage = status.get("usage") or {}
        return cls(
            cpu_hours=Decimal(str(usage.get("cpuHours", 0))),
            memory_gib_hours=Decimal(str(usage.get("memoryGibHours", 0))),
        )


def phase(observation: Observation, *, lifecycle: Lifecycle, overdue: bool) -> Phase:
    """The one word for it.

    Args:
        overdue: whether it has been coming up for longer than `PATIENCE`.
    """
    if observation.failure is not None:
        return "Degraded"
    if not observation.workloads:
        return "Pending"
    if lifecycle.asleep:
        return "Progressing" if any(each.there for each in observation.workloads) else "Asleep"
    if _runs(observation) and all(each.settled for each in observation.workloads):
        return "Ready"
    return "Degraded" if observation.troubles or overdue else "Progressing"


def status(
    environment: Environment,
    observation: Observation,
    *,
    lifecycle: Lifecycle,
    previous: Mapping[str, Any],
    url: str,
    last_activity: datetime,
    usage: Usage,
    now: datetime,
) -> dict[str, Any]:
    """The status, but for `observedGeneration`, which whoever has applied the spec sets.

    Args:
        previous: what it was.
        url: where people reach it.
        last_activity: see `lifecycle.latest_activity`.
    """
    known = _conditions(previous)
    overdue = _overdue(known, now)
    word = phase(observation, lifecycle=lifecycle, overdue=overdue)
    airflow = observation.airflow
    conditions = {
        "Ready": _ready_condition(word, observation, lifecycle),
        "Synced": _synced(environment, observation, known.get("Synced")),
        "Progressing": _progressing(word, known, overdue=overdue),
        "Degraded": _degraded(word, observation),
        "Expiring": _expiring(lifecycle),
    }
    commit = airflow.commit if airflow is not None and airflow.commit else previous.get("commit")
    errors = (
        None if airflow is None else [{"file": each.file, "message": each.message} for each in airflow.import_errors]
    )
    return {
        "phase": word,
        "url": url,
        "namespace": environment.names.namespace,
        "commit": commit,
        "importErrors": previous.get("importErrors", []) if errors is None else errors,
        "expiresAt": None if lifecycle.expires_at is None else _time(lifecycle.expires_at),
        "lastActivityAt": _time(last_activity),
        "usage": usage.shown(),
        "conditions": with_times(conditions, known=known, generation=environment.generation, now=now),
    }


def refused(
    reason: str, message: str, *, previous: Mapping[str, Any], generation: int, now: datetime
) -> dict[str, Any]:
    """The status of an object that cannot be read: the rest of it stays as it was."""
    known = _conditions(previous)
    condition = {"Degraded": Condition(status="True", reason=reason, message=message)}
    others = [dict(each) for kind, each in known.items() if kind != "Degraded"]
    ours = with_times(condition, known=known, generation=generation, now=now)
    return {"phase": "Degraded", "conditions": [*others, *ours]}


def removing(
    reason: str | None, message: str, *, previous: Mapping[str, Any], generation: int, now: datetime
) -> dict[str, Any]:
    """The status of one that is being removed, and waits: the rest of it stays as it was.

    Args:
        reason: why it cannot go on, in CamelCase; None where it only takes its time.
        message: what it waits for.
    """
    conditions = {
        "Ready": Condition(status="False", reason="Removing", message=message),
        "Degraded": Condition(status="False", reason="Removing")
        if reason is None
        else Condition(status="True", reason=reason, message=message),
    }
    known = _conditions(previous)
    others = [dict(each) for kind, each in known.items() if kind not in conditions]
    ours = with_times(conditions, known=known, generation=generation, now=now)
    return {"phase": "Deleting", "conditions": [*others, *ours]}


def with_times(
    conditions: Mapping[str, Condition], *, known: Mapping[str, Mapping[str, Any]], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """The conditions as the status holds them; whose status is as before keeps its time."""
    shown = []
    for kind, condition in conditions.items():
        before = known.get(kind, {})
        same = before.get("status") == condition.status
        shown.append(
            {
                "type": kind,
                "status": condition.status,
                "reason": condition.reason,
                "message": condition.message[:_MESSAGE],
                "observedGeneration": generation,
                "lastTransitionTime": before["lastTransitionTime"] if same else _time(now),
            }
        )
    return shown


def _runs(observation: Observation) -> bool:
    ready = {each.component for each in observation.workloads if each.ready >= max(each.wanted, 1)}
    return ready >= set(COMPONENTS) and observation.airflow is not None


def _ready_condition(word: Phase, observation: Observation, lifecycle: Lifecycle) -> Condition:
    if _runs(observation) and not lifecycle.asleep:
        return Condition(status="True", reason="Running")  # also while other pods come, or cannot
    if word == "Asleep":
        why = "spec.asleep says so" if lifecycle.sleep == "Wanted" else "nobody has used it"
        return Condition(status="False", reason="Asleep", message=f"It is asleep, because {why}; its data are kept.")
    missing = set(COMPONENTS) - {each.component for each in observation.workloads if each.ready}
    waits = f"Not ready: {', '.join(sorted(missing))}." if missing else "Airflow does not answer yet."
    return Condition(status="False", reason=word, message=waits)


def _synced(environment: Environment, observation: Observation, before: Mapping[str, Any] | None) -> Condition:
    fault, airflow = observation.git_fault, observation.airflow
    if fault is not None:
        return Condition(status="False", reason=fault.reason, message=fault.message)
    if airflow is None:
        if before is not None:  # nothing is known that would be newer
            return Condition(status=before["status"], reason=before["reason"], message=before.get("message", ""))
        return Condition(status="Unknown", reason="NotSeen", message="Airflow has not answered yet.")
    if airflow.import_errors:
        files = ", ".join(each.file for each in airflow.import_errors)
        return Condition(status="False", reason="ImportErrors", message=f"These cannot be imported: {files}.")
    if airflow.commit is None:
        what = environment.git.branch or environment.git.commit
        return Condition(status="Unknown", reason="Parsing", message=f"Airflow is yet to parse all of {what}.")
    return Condition(status="True", reason="Parsed", message=f"Airflow has parsed {airflow.commit}.")


def _progressing(word: Phase, known: Mapping[str, Mapping[str, Any]], *, overdue: bool) -> Condition:
    if word in ("Pending", "Progressing"):
        return Condition(status="True", reason="ComingUp" if word == "Pending" else "PodsChange")
    if word == "Degraded" and (overdue or known.get("Progressing", {}).get("reason") == "DeadlineExceeded"):
        return Condition(status="False", reason="DeadlineExceeded")
    return Condition(status="False", reason=word)


def _degraded(word: Phase, observation: Observation) -> Condition:
    if observation.failure is not None:
        reason, message = observation.failure
        return Condition(status="True", reason=reason, message=message)
    if word == "Degraded":
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
        message=f"It is deleted at {_time(lifecycle.expires_at)} unless somebody uses it, or extends its time.",
    )


def _overdue(known: Mapping[str, Mapping[str, Any]], now: datetime) -> bool:
    progressing = known.get("Progressing", {})
    if progressing.get("reason") == "DeadlineExceeded":
        return True  # until it is ready
    since = progressing.get("lastTransitionTime")
    return progressing.get("status") == "True" and now - datetime.fromisoformat(str(since)) > PATIENCE


def _conditions(status: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["type"]: each for each in status.get("conditions") or []}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
