"""The reports of a runtime about an attempt: its progress, and its outcome. Pure."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Reason = Literal["USER_ERROR", "VALIDATION_ERROR", "INTERNAL_ERROR", "CLUSTER_UNAVAILABLE"]
"""A `failureReason`. Source: the API's model, FailureReason."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of an attempt that has not ended."""

    running: bool
    """True if the driver runs, or has run."""
    details: str | None = None
    """The text for `stateDetails`, such as what the attempt waits for. None: there is nothing to say."""
    attempt: int | None = None
    """The number of the attempt, from 1, if the runtime itself retries. None: it is still the same."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """The messages known so far; see `Outcome.messages`."""


ReportProgress = Callable[[Progress], Awaitable[None]]
"""A callback that receives the progress of an attempt."""


async def discard_progress(_progress: Progress) -> None:
    """Ignores the progress, for callers that only need the outcome."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of an attempt."""

    succeeded: bool
    details: str
    """The text for `stateDetails`: why the attempt failed, or a warning. Empty: there is nothing to say."""
    reason: Reason | None = None
    retryable: bool = True
    """True: the dispatcher may start another attempt. False: it would end the same way, or the runtime retries."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """The termination messages of drivers that did not succeed, by a name of the driver, in the order of the attempts.

    The message of a driver that left none is empty.
    """
