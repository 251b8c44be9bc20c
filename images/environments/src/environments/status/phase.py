"""The phase of an environment: one word for its state. Pure."""

from datetime import timedelta
from typing import Literal

from environments.observed.observation import Observation
from environments.observed.pods import COMPONENTS
from environments.plan.lifecycle import Lifecycle

Phase = Literal["Pending", "Progressing", "Ready", "Asleep", "Degraded", "Deleting"]
START_LIMIT = timedelta(minutes=5)
"""The time that an environment may take to come up before it counts as degraded."""


def phase(observation: Observation, *, lifecycle: Lifecycle, overdue: bool) -> Phase:
    """Returns the phase.

    Args:
        overdue: whether the environment has been coming up for longer than `START_LIMIT`.
    """
    if observation.failure is not None:
        return "Degraded"
    if not observation.workloads:
        return "Pending"
    if lifecycle.asleep:
        return "Progressing" if any(each.there for each in observation.workloads) else "Asleep"
    if is_running(observation) and all(each.settled for each in observation.workloads):
        return "Ready"
    return "Degraded" if observation.troubles or overdue else "Progressing"


def is_running(observation: Observation) -> bool:
    """Returns whether all components are ready, and Airflow answers."""
    ready = {each.component for each in observation.workloads if each.ready >= max(each.wanted, 1)}
    return ready >= set(COMPONENTS) and observation.airflow is not None
