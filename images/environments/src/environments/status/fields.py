"""The fields of an environment's status, from what was observed. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from environments.observed.observation import Observation
from environments.observed.usage import Usage
from environments.plan.lifecycle import Lifecycle
from environments.resource.spec import Environment
from environments.status.conditions import Condition, by_type, conditions, is_overdue, time_text, with_times
from environments.status.phase import phase


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
    """Returns the status without `observedGeneration`, which the handler of a change sets.

    Args:
        previous: the status before.
        url: the address at which users reach the environment.
        last_activity: see `lifecycle.latest_activity`.
    """
    known = by_type(previous)
    overdue = is_overdue(known, now)
    found = phase(observation, lifecycle=lifecycle, overdue=overdue)
    airflow = observation.airflow
    named = conditions(environment, observation, phase=found, lifecycle=lifecycle, overdue=overdue, known=known)
    commit = airflow.commit if airflow is not None and airflow.commit else previous.get("commit")
    errors = (
        None if airflow is None else [{"file": each.file, "message": each.message} for each in airflow.import_errors]
    )
    return {
        "phase": found,
        "url": url,
        "namespace": environment.names.namespace,
        "commit": commit,
        "importErrors": previous.get("importErrors", []) if errors is None else errors,
        "expiresAt": None if lifecycle.expires_at is None else time_text(lifecycle.expires_at),
        "lastActivityAt": time_text(last_activity),
        "usage": usage.shown(),
        "conditions": with_times(named, known=known, generation=environment.generation, now=now),
    }


def refused(
    reason: str, message: str, *, previous: Mapping[str, Any], generation: int, now: datetime
) -> dict[str, Any]:
    """Returns the status of an object that cannot be read; its other fields stay as they were."""
    known = by_type(previous)
    degraded = {"Degraded": Condition(status="True", reason=reason, message=message)}
    others = [dict(each) for kind, each in known.items() if kind != "Degraded"]
    return {
        "phase": "Degraded",
        "conditions": [*others, *with_times(degraded, known=known, generation=generation, now=now)],
    }


def removing(
    reason: str | None, message: str, *, previous: Mapping[str, Any], generation: int, now: datetime
) -> dict[str, Any]:
    """Returns the status of an environment whose removal waits; its other fields stay as they were.

    Args:
        reason: why the removal fails, in CamelCase; None if it only takes time.
        message: what it waits for.
    """
    ours = {
        "Ready": Condition(status="False", reason="Removing", message=message),
        "Degraded": Condition(status="False", reason="Removing")
        if reason is None
        else Condition(status="True", reason=reason, message=message),
    }
    known = by_type(previous)
    others = [dict(each) for kind, each in known.items() if kind not in ours]
    return {
        "phase": "Deleting",
        "conditions": [*others, *with_times(ours, known=known, generation=generation, now=now)],
    }
