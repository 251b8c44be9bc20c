"""One computation for all who ask for the same at the same time, such as probes and scrapes, which have no rate."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

_T = TypeVar("_T")
_REST = 4.0
"""Times that a computation took, for which the next one waits: it takes a fifth of the time at most."""
_SHORTEST_REST, _LONGEST_REST = 0.05, 1.0
"""In seconds."""


class Shared(Generic[_T]):
    """A function whose result all share who ask while it is computed, or while the computation waits for its turn.

    A caller who asks alone gets a result that was computed after the question. Belongs to one event loop.
    """

    def __init__(
        self,
        compute: Callable[[], _T],
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """Args:
        compute: runs in a thread. If it fails, all who wait for it get its error.
        now: returns seconds since any fixed moment.
        sleep: waits for so many seconds.
        """
        self._compute, self._now, self._sleep = compute, now, sleep
        self._computing: asyncio.Task[_T] | None = None
        self._rests_until: float | None = None

    async def get(self) -> _T:
        """Returns the function's result; raises what it raises."""
        if self._computing is None:
            self._computing = asyncio.create_task(self._computed())
        # A caller who goes away takes nothing from the others.
        return await asyncio.shield(self._computing)

    async def _computed(self) -> _T:
        try:
            if self._rests_until is not None and (left := self._rests_until - self._now()) > 0:
                await self._sleep(left)
            began = self._now()
            try:
                return await run_in_threadpool(self._compute)
            finally:
                took = self._now() - began
                self._rests_until = self._now() + min(max(_SHORTEST_REST, _REST * took), _LONGEST_REST)
        finally:
            self._computing = None
