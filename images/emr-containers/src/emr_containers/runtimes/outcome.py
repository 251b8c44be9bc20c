"""What a runtime tells of an attempt: how far it is, and how it ended. Pure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Reason = Literal["USER_ERROR", "VALIDATION_ERROR", "INTERNAL_ERROR", "CLUSTER_UNAVAILABLE"]
"""A `failureReason`. Source: the API's model, FailureReason."""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far an attempt is."""

    running: bool
    """Whether the driver runs, or has run."""
    details: str | None = None
    """For `stateDetails`: what it waits for; None where there is nothing to say."""
    attempt: int | None = None
    """Which attempt it is, from 1, where the runtime itself repeats; None: still the same."""


Tell = Callable[[Progress], Awaitable[None]]
"""Takes what there is to say of an attempt that has not ended."""


async def tell_nobody(_progress: Progress) -> None:
    """For whoever wants the end only."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an attempt ended."""

    succeeded: bool
    details: str
    """For `stateDetails`: why it failed, or what there is to say all the same; empty where there is nothing."""
    reason: Reason | None = None
    retryable: bool = True
    """Whether the dispatcher may start another attempt; False where it would end the same, or the runtime repeats."""
