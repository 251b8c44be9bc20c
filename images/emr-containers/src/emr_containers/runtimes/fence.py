"""The check that comes before everything that a runtime does to the world outside: a paused server may be late."""

import math
from collections.abc import Callable
from contextvars import ContextVar

_check: ContextVar[Callable[[], None]] = ContextVar("fence")
_ends: ContextVar[Callable[[], float]] = ContextVar("lease_end")


def fence(check: Callable[[], None], ends_at: Callable[[], float] = lambda: math.inf) -> None:
    """Has `check` asked by `check_fence` in this task, and in tasks and threads that it starts.

    Args:
        check: raises an error when this server may not act any more.
        ends_at: returns the time, by the clock that counts since the machine's boot, at which `check` will fail.
    """
    _check.set(check)
    _ends.set(ends_at)


def check_fence() -> None:
    """Checks that this server may still start, stop or delete something; without a fence it may."""
    if (check := _check.get(None)) is not None:
        check()


def lease_end() -> int | None:
    """Returns the whole seconds since the machine's boot at which the fence closes, for a program that checks it too.

    None: it does not close by itself.
    """
    ends_at = _ends.get(None)
    ends = math.inf if ends_at is None else ends_at()
    return math.floor(ends) if math.isfinite(ends) else None
