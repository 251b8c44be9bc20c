"""Waits for what happens elsewhere: in another process, in a database, in a file."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_ASYNC_SECONDS = 45.0  # tests of an event loop end themselves after 55 s, and would not say what they waited for


def until(
    what: str | Callable[[], str], true: Callable[[], _T | None], *, seconds: float = 120.0, every: float = 0.2
) -> _T:
    """Returns the first true answer of `true`.

    Args:
        what: what is waited for, for the message of an AssertionError; asked at the end where it is a function.
        seconds: far more than it takes.
        every: seconds between two looks.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        time.sleep(every)
    raise AssertionError(_message(what, seconds))


async def until_async(what: str | Callable[[], str], true: Callable[[], _T | None]) -> _T:
    """Waits as `until` does, for at most 45 s, and lets the event loop go on between two looks."""
    deadline = time.monotonic() + _ASYNC_SECONDS
    while time.monotonic() < deadline:
        if answer := true():
            return answer
        await asyncio.sleep(0.02)
    raise AssertionError(_message(what, _ASYNC_SECONDS))


def _message(what: str | Callable[[], str], seconds: float) -> str:
    return f"within {seconds:.0f} s: {what if isinstance(what, str) else what()}"
