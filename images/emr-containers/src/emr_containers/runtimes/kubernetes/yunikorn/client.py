"""YuniKorn's REST API: its queues, applications and nodes.

Nothing depends on an answer: without one, a run still waits for its pod, and its details say that YuniKorn does not
answer. Answers are cached for a few seconds, and requests in flight are shared, so that two hundred runs cause as many
requests as one. Source: YuniKorn core 1.9, pkg/webservice/routes.go and dao/.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import aiohttp
import structlog
from longshore_libs.kubernetes.client import CONNECTION_ERRORS

from emr_containers.runtimes.kubernetes.yunikorn.applications import (
    Application,
    read_application,
    read_applications,
    read_rejections,
)
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import Queue, amounts, read_queues

log = structlog.get_logger()
T = TypeVar("T")
_REQUESTS = 4
"""The largest number of requests at the same time."""
_PARTITION = "/ws/v1/partition/default"


@dataclass(frozen=True, kw_only=True)
class YuniKornTiming:
    """The timing of requests to YuniKorn, in seconds."""

    answer: float = 5.0
    """The time limit of an answer."""
    fresh: float = 3.0
    """The shortest time for which an answer is cached."""
    pauses: int = 20
    """An answer is cached this many times as long as it took, since a large cluster's nodes are many megabytes."""
    look: float = 3.0
    """The interval at which the reason of a waiting run is read."""


TIMING = YuniKornTiming()


@dataclass(frozen=True, kw_only=True)
class NoAnswer:
    """The reason why YuniKorn has not answered."""

    reason: str


class YuniKorn:
    """A client of one cluster's YuniKorn. Belongs to one event loop."""

    def __init__(self, url: str, *, timing: YuniKornTiming = TIMING) -> None:
        self.url, self.timing = url.rstrip("/"), timing
        self._session: aiohttp.ClientSession | None = None
        self._answers: dict[str, asyncio.Task[tuple[Any, float]]] = {}  # with the time until which each is kept
        self._silent = False

    async def close(self) -> None:
        """Closes the connections."""
        for task in self._answers.values():
            task.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def queues(self, *, afresh: bool = False) -> Queue | NoAnswer:
        """Returns the tree of queues.

        Args:
            afresh: whether it must be the present tree, for callers that decide by it.
        """
        answer = await (self._ask_afresh if afresh else self._ask)("/queues", read_queues)
        return answer if answer is not None else NoAnswer(reason="it has no partition 'default'")

    async def nodes(self) -> tuple[dict[str, Decimal], ...] | NoAnswer:
        """Returns the free resources of each node that accepts pods."""
        answer = await self._ask("/nodes", _read_nodes)
        return answer if answer is not None else NoAnswer(reason="it has no partition 'default'")

    async def application(self, name: str) -> Application | NoAnswer | None:
        """Returns a waiting or running application; None if there is none with this ID."""
        waiting = await self._ask("/applications/active?status=accepted", read_applications)
        if isinstance(waiting, NoAnswer):
            return waiting
        if waiting is not None and name in waiting:
            return waiting[name]
        # Not waiting: the application is new, or has got all that it needs.
        return await self._ask(f"/application/{name}", read_application)

    async def rejection(self, name: str, *, afresh: bool = False) -> str | None:
        """Returns the reason of the application's rejection; None if it was not rejected, or YuniKorn does not say.

        Args:
            afresh: whether it has only just been rejected.
        """
        answer = await (self._ask_afresh if afresh else self._ask)("/applications/rejected", read_rejections)
        return None if answer is None or isinstance(answer, NoAnswer) else answer.get(name)

    async def _ask(self, path: str, read: Callable[[Any], T]) -> T | NoAnswer | None:
        now = time.monotonic()
        self._answers = {
            name: task for name, task in self._answers.items() if not task.done() or now < task.result()[1]
        }
        if path not in self._answers:
            self._answers[path] = asyncio.create_task(self._answer(path, read))
        # Shielded: one caller may be cancelled while others still wait for the answer.
        answer: T | NoAnswer | None = (await asyncio.shield(self._answers[path]))[0]
        return answer

    async def _ask_afresh(self, path: str, read: Callable[[Any], T]) -> T | NoAnswer | None:
        """Returns the answer to a request that is sent from now on, shared by all callers until it is sent."""
        before = self._answers.get(path)
        if before is not None and not before.done():
            await asyncio.shield(before)
        if before is not None and self._answers.get(path) is before and not isinstance(before.result()[0], NoAnswer):
            del self._answers[path]
        return await self._ask(path, read)

    async def _answer(self, path: str, read: Callable[[Any], T]) -> tuple[T | NoAnswer | None, float]:
        began = time.monotonic()
        answer = await self._get(path, read)
        silent = isinstance(answer, NoAnswer)
        if silent != self._silent:
            self._silent = silent
            reason = answer.reason if isinstance(answer, NoAnswer) else None
            log.warning("YuniKorn does not answer" if silent else "YuniKorn answers again", url=self.url, reason=reason)
        now = time.monotonic()
        fresh = self.timing.fresh
        return answer, now + (fresh if silent else max(fresh, self.timing.pauses * (now - began)))

    async def _get(self, path: str, read: Callable[[Any], T]) -> T | NoAnswer | None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_REQUESTS)
            self._session = aiohttp.ClientSession(connector=connector)
        try:
            timeout = aiohttp.ClientTimeout(total=self.timing.answer)
            async with self._session.get(f"{self.url}{_PARTITION}{path}", timeout=timeout) as response:
                if response.status == 404:
                    return None
                if response.status != 200:
                    return NoAnswer(reason=f"its answer is HTTP status {response.status}")
                body = await response.read()
            return await asyncio.to_thread(lambda: read(json.loads(body)))
        except TimeoutError:
            return NoAnswer(reason=f"no answer within {self.timing.answer:.0f} s")
        except CONNECTION_ERRORS as error:
            return NoAnswer(reason=getattr(error, "strerror", None) or type(error).__name__)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            return NoAnswer(reason="the server there is not YuniKorn")


def _read_nodes(answer: list[Mapping[str, Any]]) -> tuple[dict[str, Decimal], ...]:
    return tuple(amounts(node.get("available")) for node in answer if node["schedulable"])
