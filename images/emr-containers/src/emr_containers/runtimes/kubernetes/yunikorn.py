"""What YuniKorn says by its REST API: its queues, an application, the nodes.

Whether it answers decides nothing: a run waits for its pod as before, and says that YuniKorn is silent. An answer is
kept for a few seconds, and one that is on its way is waited for together, so that YuniKorn is asked as often for two
hundred runs as for one. Facts: YuniKorn core 1.9, pkg/webservice/routes.go and dao/.
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

from emr_containers.runtimes.kubernetes.api import FAULTS
from emr_containers.runtimes.kubernetes.applications import (
    Application,
    read_application,
    read_applications,
    read_rejections,
)
from emr_containers.runtimes.kubernetes.queues import Queue, amounts, read_queues

log = structlog.get_logger()
T = TypeVar("T")
_SECONDS = 5.0
"""For an answer."""
_FRESH_SECONDS = 3.0
_PAUSES = 20
"""An answer is kept for this many times as long as it took: a large cluster's nodes are many megabytes."""
_REQUESTS = 4
"""At the same time."""
_PARTITION = "/ws/v1/partition/default"


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What there is where YuniKorn does not answer: why it does not."""

    reason: str


class YuniKorn:
    """One cluster's YuniKorn. Lives on one event loop."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._answers: dict[str, asyncio.Task[tuple[Any, float]]] = {}  # with the time until which each is kept
        self._silent = False

    async def close(self) -> None:
        """Gives the connections back."""
        for task in self._answers.values():
            task.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def queues(self, *, afresh: bool = False) -> Queue | Silence:
        """The tree of queues.

        Args:
            afresh: as it is now, for who decides by it.
        """
        answer = await (self._ask_afresh if afresh else self._ask)("/queues", read_queues)
        return answer if answer is not None else Silence(reason="it has no partition 'default'")

    async def nodes(self) -> tuple[dict[str, Decimal], ...] | Silence:
        """What is free on each of the nodes that take pods."""
        answer = await self._ask("/nodes", _read_nodes)
        return answer if answer is not None else Silence(reason="it has no partition 'default'")

    async def application(self, name: str) -> Application | Silence | None:
        """An application that waits or runs; None where there is none of this ID."""
        waiting = await self._ask("/applications/active?status=accepted", read_applications)
        if isinstance(waiting, Silence):
            return waiting
        if waiting is not None and name in waiting:
            return waiting[name]
        # It has just come, or has all that it needs: not for long.
        return await self._ask(f"/application/{name}", read_application)

    async def rejection(self, name: str, *, afresh: bool = False) -> str | None:
        """Why the application was rejected; None where it was not, or YuniKorn does not say.

        Args:
            afresh: it has just been.
        """
        answer = await (self._ask_afresh if afresh else self._ask)("/applications/rejected", read_rejections)
        return None if answer is None or isinstance(answer, Silence) else answer.get(name)

    async def _ask(self, path: str, read: Callable[[Any], T]) -> T | Silence | None:
        now = time.monotonic()
        self._answers = {
            name: task for name, task in self._answers.items() if not task.done() or now < task.result()[1]
        }
        if path not in self._answers:
            self._answers[path] = asyncio.create_task(self._answer(path, read))
        # Who waits for it may be cancelled; the others still wait.
        answer: T | Silence | None = (await asyncio.shield(self._answers[path]))[0]
        return answer

    async def _ask_afresh(self, path: str, read: Callable[[Any], T]) -> T | Silence | None:
        """The answer to a question that is put from now on: one for all who come while another is on its way."""
        before = self._answers.get(path)
        if before is not None and not before.done():
            await asyncio.shield(before)
        if before is not None and self._answers.get(path) is before and not isinstance(before.result()[0], Silence):
            del self._answers[path]
        return await self._ask(path, read)

    async def _answer(self, path: str, read: Callable[[Any], T]) -> tuple[T | Silence | None, float]:
        began = time.monotonic()
        answer = await self._get(path, read)
        silent = isinstance(answer, Silence)
        if silent != self._silent:
            self._silent = silent
            reason = answer.reason if isinstance(answer, Silence) else None
            log.warning("YuniKorn does not answer" if silent else "YuniKorn answers again", url=self.url, reason=reason)
        now = time.monotonic()
        return answer, now + (_FRESH_SECONDS if silent else max(_FRESH_SECONDS, _PAUSES * (now - began)))

    async def _get(self, path: str, read: Callable[[Any], T]) -> T | Silence | None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=_REQUESTS)
            self._session = aiohttp.ClientSession(connector=connector)
        try:
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            async with self._session.get(f"{self.url}{_PARTITION}{path}", timeout=timeout) as response:
                if response.status == 404:
                    return None
                if response.status != 200:
                    return Silence(reason=f"its answer is HTTP status {response.status}")
                body = await response.read()
            return await asyncio.to_thread(lambda: read(json.loads(body)))
        except TimeoutError:
            return Silence(reason=f"nothing comes within {_SECONDS:.0f} s")
        except FAULTS as error:
            return Silence(reason=getattr(error, "strerror", None) or type(error).__name__)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError):
            return Silence(reason="what answers there is not YuniKorn")


def _read_nodes(answer: list[Mapping[str, Any]]) -> tuple[dict[str, Decimal], ...]:
    return tuple(amounts(node.get("available")) for node in answer if node["schedulable"])
