"""The states of a job run. Source: the API's JobRunState."""

from enum import StrEnum


class State(StrEnum):
    """A job run's state."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    RUNNING = "RUNNING"
    CANCEL_PENDING = "CANCEL_PENDING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED = (State.COMPLETED, State.FAILED, State.CANCELLED)
