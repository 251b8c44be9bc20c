"""Asks the API for all job runs that the triggers of one process wait for, in as few requests as it can.

Each trigger says when its job run is due. Those that are due at about the same time are asked for together
(`longshore.waiting.asking`). Requests run in a thread, one at a time for a connection: threads that work at the same
time hold up the event loop.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from longshore.exceptions import ApiUnavailableError
from longshore.hooks.job_run import JobRun
from longshore.hooks.shared import SharedHook
from longshore.waiting.asking import Answer, Asker

# A hanging server blocks these, so cancellations have threads of their own.
_THREADS = ThreadPoolExecutor(8, "longshore-poll")
_SECONDS_A_REQUEST = 0.1
_LONGEST_REST = 5.0
"""Seconds. A round of n requests is followed by a rest of n tenths of a second, so that one process asks ten times a
second in the long run; but never so long that a job run is seen to end late."""


@dataclass(eq=False)
class _Waiter:
    cluster: str
    job_run_id: str
    seen: JobRun | None
    pause: Callable[[], float]
    future: "asyncio.Future[Answer]"
    since: float = field(default_factory=time.monotonic)
    due: float = field(default=0.0, init=False)
    """Time of the event loop at which it is asked for, in seconds."""
    early: float = field(default=0.0, init=False)
    """Time from which it comes along if another one is due."""

    def wait(self, seconds: float) -> None:
        """Sets the next question."""
        self.due = self.future.get_loop().time() + seconds
        self.early = self.due - seconds / 4


class SharedPoll:
    """The questions of one process about the job runs of one Airflow connection.

    Args:
        aws_conn_id: the connection, or None.
    """

    def __init__(self, aws_conn_id: str | None) -> None:
        self._asker = Asker(aws_conn_id)
        self._waiters: set[_Waiter] = set()
        self._arrived = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @property
    def hook(self) -> SharedHook:
        """The client by which it asks."""
        return self._asker.hook

    async def look(
        self, virtual_cluster_id: str, job_run_id: str, *, after: float, pause: Callable[[], float], seen: JobRun | None
    ) -> Answer:
        """Returns the job run once it is another than `seen`, or the reason why that cannot be known.

        Args:
            virtual_cluster_id: where it runs.
            job_run_id: the job run.
            after: seconds to wait before the first question.
            pause: gives the seconds to wait after a question whose answer is `seen`.
            seen: the last answer; None: any answer is news.
        """
        loop = asyncio.get_running_loop()
        waiter = _Waiter(virtual_cluster_id, job_run_id, seen, pause, loop.create_future())
        waiter.wait(after)
        self._waiters.add(waiter)
        self._arrived.set()
        if self._serving is None or self._serving.done():
            # In an empty context, so that its lines are not in the log of the task that happens to be the first.
            self._serving = loop.create_task(self._serve(), context=Context())
        try:
            return await waiter.future
        finally:
            self._waiters.discard(waiter)

    async def _serve(self) -> None:
        try:
            await self._rounds()
        finally:
            # Where something has ended the rounds before their time, they begin again with the next question.
            ended = ApiUnavailableError("The questions to the API were interrupted.")
            for waiter in self._waiters:
                if not waiter.future.done():
                    waiter.future.set_result(ended)

    async def _rounds(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiters:
            self._arrived.clear()
            due = min(waiter.due for waiter in self._waiters)
            if due > loop.time():
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await self._arrived.wait()
                continue
            # Those that would be due soon come along: one round asks less than two.
            soon = [waiter for waiter in self._waiters if waiter.early <= loop.time()]
            answers, requests = await loop.run_in_executor(_THREADS, self._asker.ask, soon)
            self._deliver(answers)
            await asyncio.sleep(min(requests * _SECONDS_A_REQUEST, _LONGEST_REST, *(each.pause() for each in soon)))

    def _deliver(self, answers: dict[tuple[str, str], Answer]) -> None:
        for waiter in list(self._waiters):
            answer = answers.get((waiter.cluster, waiter.job_run_id))
            if answer is None or waiter.future.done():
                continue
            if answer == waiter.seen:
                waiter.wait(waiter.pause())
            else:
                waiter.future.set_result(answer)
                self._waiters.discard(waiter)


_POLLS: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, SharedPoll]]" = WeakKeyDictionary()


def shared_poll(aws_conn_id: str | None) -> SharedPoll:
    """Returns the poll of the connection in the running event loop."""
    polls = _POLLS.setdefault(asyncio.get_running_loop(), {})
    if aws_conn_id not in polls:
        polls[aws_conn_id] = SharedPoll(aws_conn_id)
    return polls[aws_conn_id]
