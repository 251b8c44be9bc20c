"""Asks the API for all job runs that the triggers of one process wait for, in as few requests as it can.

Each trigger says when its job run is due. Whoever is due at about the same time is asked for together: by one list of
the unfinished job runs where that takes fewer requests, otherwise one by one. A job run that is not in the list may
have ended, or its page has not been read: it is asked for by itself, so that the list alone decides nothing.

Requests run in a thread, one at a time for a connection: threads that work at the same time hold up the event loop.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from longshore.exceptions import ApiNotFoundError, ApiUnavailableError, LongshoreError
from longshore.hooks.job_run import JobRun
from longshore.hooks.shared import SharedHook

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

Answer = JobRun | Exception
"""The job run as it is now, or why that is not known."""

# A hanging server blocks these, so cancellations have threads of their own.
_THREADS = ThreadPoolExecutor(8, "longshore-poll")
_SECONDS_A_REQUEST = 0.1
_LONGEST_REST = 5.0
"""Seconds. A round of n requests is followed by a rest of n tenths of a second, so that one process asks ten times a
second in the long run; but never so long that a job run is seen to end late."""
_REFUSALS = 3
"""Number of failures after which a round asks for no more: what keeps three from being seen may concern all."""
_REMEMBERED = 600.0
"""Seconds for which a list's length counts, and a refusal of one: a key may have the right to describe only."""
_PAGE = 100
"""Number of job runs that are expected on a page."""


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


@dataclass
class _Cluster:
    """A virtual cluster, as earlier rounds have found it."""

    pages: int = 0
    """Number of pages that were read of its last list."""
    listed: float = float("-inf")
    """Time (monotonic) of its last list."""
    not_before: float = float("-inf")
    """Time from which it may be listed."""

    def list_asks_less(self, due: int, now: float) -> bool:
        """Returns whether a list is expected to take fewer requests than asking for each of the `due` job runs."""
        pages = self.pages if now - self.listed < _REMEMBERED else 1 + due // _PAGE
        return due > pages and now >= self.not_before


class SharedPoll:
    """The questions of one process about the job runs of one Airflow connection.

    Args:
        aws_conn_id: the connection, or None.
    """

    def __init__(self, aws_conn_id: str | None) -> None:
        self.hook = SharedHook(aws_conn_id)
        self._waiters: set[_Waiter] = set()
        self._clusters: defaultdict[str, _Cluster] = defaultdict(_Cluster)
        self._arrived = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

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
            answers, requests = await loop.run_in_executor(_THREADS, self._round, soon)
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

    def _round(self, due: Sequence[_Waiter]) -> tuple[dict[tuple[str, str], Answer], int]:
        """Asks for the job runs, in a thread. Returns the answers, and the number of requests."""
        clusters: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for waiter in due:
            runs = clusters[waiter.cluster]
            runs[waiter.job_run_id] = max(waiter.since, runs.get(waiter.job_run_id, waiter.since))
        answers: dict[tuple[str, str], Answer] = {}
        requests = 0
        for cluster, since in clusters.items():
            found: dict[str, Answer] = {}
            try:
                requests += self._ask(cluster, since, found)
            except Exception as error:  # noqa: BLE001  whatever keeps us from asking keeps no job from running
                self.hook.forget()
                found |= {job_run_id: error for job_run_id in since if job_run_id not in found}
            answers |= {(cluster, job_run_id): answer for job_run_id, answer in found.items()}
        return answers, max(requests, 1)

    def _ask(self, cluster: str, since: dict[str, float], found: dict[str, Answer]) -> int:
        """Asks for job runs of one virtual cluster; puts the answers into `found`, also those of others in the list.

        Returns:
            The number of requests.

        Raises:
            Exception: why those that are not in `found` are not known.
        """
        known, requests, now = self._clusters[cluster], 0, time.monotonic()
        if known.list_asks_less(len(since), now):
            hook = self.hook.get(cluster)
            try:
                listed, known.pages = hook.unfinished_job_runs(most_pages=len(since))
                known.listed = now
                found |= listed
                requests += known.pages
            except ApiUnavailableError:
                raise
            except LongshoreError:  # describing tells whether that is so for each of them
                known.not_before = now + _REMEMBERED
        missing = [job_run_id for job_run_id in since if job_run_id not in found]
        random.shuffle(missing)  # those behind a refusal come first another time
        refused: list[Exception] = []
        for job_run_id in missing:
            requests += 1
            answer = found[job_run_id] = self._describe(cluster, job_run_id, since[job_run_id])
            if isinstance(answer, ApiUnavailableError):
                raise answer
            if isinstance(answer, Exception) and not isinstance(answer, ApiNotFoundError):
                refused.append(answer)
                if len(refused) == _REFUSALS:
                    raise answer
        if refused:
            self.hook.forget()
        return requests

    def _describe(self, cluster: str, job_run_id: str, since: float) -> Answer:
        hook = self.hook.get(cluster)
        try:
            try:
                return hook.describe_job_run(job_run_id)
            except ApiNotFoundError:
                # The connection may have come to name another server after the client was made.
                newer: EmrContainersHook = self.hook.get(cluster, newer_than=since)
                if newer.client is hook.client:
                    raise
                return newer.describe_job_run(job_run_id)
        except Exception as error:  # noqa: BLE001  as in `_round`
            return error


_POLLS: "WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str | None, SharedPoll]]" = WeakKeyDictionary()


def shared_poll(aws_conn_id: str | None) -> SharedPoll:
    """Returns the poll of the connection in the running event loop."""
    polls = _POLLS.setdefault(asyncio.get_running_loop(), {})
    if aws_conn_id not in polls:
        polls[aws_conn_id] = SharedPoll(aws_conn_id)
    return polls[aws_conn_id]
