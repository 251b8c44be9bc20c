"""A job run as the API describes it. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

# CANCEL_PENDING is active: the job still runs, and may still complete.
ACTIVE_STATES = frozenset({"PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING"})
TERMINAL_STATES = frozenset({"COMPLETED", "FAILED", "CANCELLED"})


@dataclass(frozen=True)
class JobRun:
    """A job run at one moment; also the payload of the trigger's event (`as_event`)."""

    id: str
    virtual_cluster_id: str
    state: str
    """One of `ACTIVE_STATES` and `TERMINAL_STATES`."""
    state_details: str = ""
    """The API's explanation of the state, at most 256 characters."""
    failure_reason: str = ""
    """INTERNAL_ERROR, USER_ERROR, VALIDATION_ERROR or CLUSTER_UNAVAILABLE; empty unless FAILED."""

    @classmethod
    def from_api(cls, described: Mapping[str, Any]) -> "JobRun":
        """Makes a job run from `DescribeJobRun`'s `jobRun`."""
        return cls(
            id=described["id"],
            virtual_cluster_id=described["virtualClusterId"],
            state=described["state"],
            state_details=described.get("stateDetails", ""),
            failure_reason=described.get("failureReason", ""),
        )

    @property
    def finished(self) -> bool:
        return self.state in TERMINAL_STATES

    def as_event(self) -> dict[str, str]:
        """Returns the fields, for `JobRun(**event)` in another process."""
        return asdict(self)
