"""The result of one look at an environment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from environments.observed.airflow_state import AirflowState
from environments.observed.git_log import GitFault
from environments.observed.pods import API_SERVER, Requested, Workload


@dataclass(frozen=True, kw_only=True)
class Observation:
    """Everything that one look at an environment has found."""

    namespace: Mapping[str, Any] | None = None
    """The namespace of the environment's name, its own or another object's. None: there is none."""
    workloads: Sequence[Workload] = ()
    troubles: Sequence[str] = ()
    """Reasons why pods are not ready that will not go away by themselves."""
    airflow: AirflowState | None = None
    """None: Airflow does not answer, or is asleep."""
    git_fault: GitFault | None = None
    requested: Requested | None = None
    """The resources that the pods request. None: the environment's own namespace does not exist."""
    failure: tuple[str, str] | None = None
    """The reason (in CamelCase) and the message of the last failure to apply the environment."""

    @property
    def serves(self) -> bool:
        """Returns whether the API server is ready."""
        return any(each.component == API_SERVER and each.ready for each in self.workloads)

    @property
    def used_at(self) -> datetime | None:
        """Returns the time of the last use that Airflow knows of."""
        return None if self.airflow is None else self.airflow.last_activity

    @property
    def silent(self) -> bool:
        """Returns whether Airflow serves and yet does not answer, so that its last use is unknown."""
        return self.serves and self.airflow is None
