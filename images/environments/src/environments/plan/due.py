"""Decisions about what is due for an environment now. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from environments.build.values import digest, values
from environments.memory import REPAIR_SECONDS, Memory
from environments.observed.namespace import released
from environments.observed.observation import Observation
from environments.observed.pods import Workload, drifted
from environments.plan.lifecycle import Lifecycle
from environments.resource.spec import Environment
from environments.settings import Settings

STEADY_PHASES = ("Ready", "Asleep", "Degraded")
_STEADY_SECONDS = 15.0
"""Seconds between two looks at an environment in a steady phase."""
_SILENCE_SECONDS = 600.0
"""Seconds for which an expired environment is spared while its Airflow serves, and does not say when it was used."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """The steps that are due."""

    apply: bool = False
    """The environment has to be built and applied again: it drifted, or it should be asleep or awake by now."""
    give_back: bool = False
    """Rows that an earlier environment has left can be written into its database."""
    expire: bool = False
    """The object has to be deleted, since its time is over."""


def is_look_due(environment: Environment, previous: Mapping[str, Any], memory: Memory, *, now: float) -> bool:
    """Returns whether to look at the environment: always while it comes up, because its owner is waiting.

    Args:
        previous: the object's status.
        now: the monotonic clock's.
    """
    steady = previous.get("phase") in STEADY_PHASES and previous.get("observedGeneration") == environment.generation
    return not steady or now - memory.looked_at >= _STEADY_SECONDS


def due(
    environment: Environment,
    observation: Observation,
    lifecycle: Lifecycle,
    memory: Memory,
    settings: Settings,
    *,
    previous: Mapping[str, Any],
    chart: str,
    now: float,
) -> Due:
    """Returns the steps that are due.

    Args:
        previous: the object's status.
        chart: the chart's digest.
        now: the monotonic clock's.

    Raises:
        SpecError: the environment's image is invalid. TakenError, NotYetError: see `released`.
    """
    if memory.lock.locked():
        changes = Due()  # another step changes it at this moment
    else:
        # A change of the object that is not applied yet is retried by the handler of that change.
        handled = previous.get("observedGeneration") == environment.generation
        may_apply = handled and not lifecycle.expired and now >= memory.retry_at
        changes = Due(
            apply=may_apply and _is_apply_due(environment, observation, lifecycle, memory, settings, chart, now),
            # The tables exist as soon as the API server is ready.
            give_back=observation.serves and not memory.retained_rows_given_back,
        )
    silence = 0.0 if memory.silent_since is None else now - memory.silent_since
    # It may have been used while no controller was running, and then only its Airflow knows.
    known_unused = not observation.silent or silence >= _SILENCE_SECONDS
    return Due(apply=changes.apply, give_back=changes.give_back, expire=lifecycle.expired and known_unused)


def is_release_due(found: Sequence[Workload], *, asleep: bool, released: str | None, wanted: str) -> bool:
    """Returns whether Helm has to run.

    Args:
        found: the workloads in the cluster.
        released: the digest of the last release.
        wanted: the digest of the desired one.
    """
    return released != wanted or drifted(found, asleep=asleep)


def can_roll_back(found: Sequence[Workload], *, asleep: bool) -> bool:
    """Returns whether everything runs, so that a release that fails can be rolled back to something that works."""
    return bool(found) and all(each.wanted and each.ready >= each.wanted for each in found) and not asleep


def _is_apply_due(
    environment: Environment,
    observation: Observation,
    lifecycle: Lifecycle,
    memory: Memory,
    settings: Settings,
    chart: str,
    now: float,
) -> bool:
    wanted = digest(values(environment, settings, asleep=lifecycle.asleep), chart=chart)
    return (
        now - memory.applied_at >= REPAIR_SECONDS
        or drifted(observation.workloads, asleep=lifecycle.asleep)
        or released(observation.namespace, environment=environment) != wanted
    )
