"""The peak under one scheduler: drivers come when they are due, each makes its executors, whole gangs end in time.

The benchmark plays Spark: a driver that runs asks for all its executors at once, and its job begins when the last of
them runs (`spark.scheduler.minRegisteredResourcesRatio=1.0`); what has begun to wait keeps what it has got.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any

from bench.gang.api import Api
from bench.gang.cluster import PODS
from bench.gang.manifests import GANG_LABEL, Scheduler, driver, executors, single
from bench.gang.progress import GangState, Pod, Progress, read_pod
from bench.gang.workload import Arrival, seconds

CLIENTS = 8
"""Requests at a time."""
QUIET_SECONDS = 30.0
"""So long after the last change, with all gangs there and none running, nothing will change any more: kube-scheduler
tries a pod again after 10 s at most."""
LONGEST_MINUTES = 110.0
"""Simulated; after it the run ends, though what is left might still go on."""


def peak(api: Api, arrivals: Sequence[Arrival], scheduler: Scheduler, *, token: str) -> Progress:
    """Runs the peak. Returns the progress of the gangs; their pods may still exist.

    Args:
        token: what applications' IDs begin with; no two runs may have the same.

    Raises:
        RuntimeError: a pod has failed.
    """
    with _pods(api) as (events, later):
        return _Peak(api, arrivals, scheduler, token, events, later).run()


class _Peak:
    def __init__(
        self,
        api: Api,
        arrivals: Sequence[Arrival],
        scheduler: Scheduler,
        token: str,
        events: "SimpleQueue[Event]",
        later: "Later",
    ) -> None:
        self._api, self._scheduler, self._token, self._events, self._later = api, scheduler, token, events, later
        self._progress = Progress(arrivals, [seconds(arrival.minute) for arrival in arrivals])
        self._order = itertools.count()
        self._timers: list[tuple[float, int, Callable[[GangState], None], GangState]] = []
        for gang in self._progress.gangs.values():
            self._at(gang.due, self._submit, gang)

    def run(self) -> Progress:
        began, now = time.monotonic(), 0.0
        while not self._over(now):
            while self._timers and self._timers[0][0] <= now:
                _, _, action, gang = heapq.heappop(self._timers)
                action(gang)
            due = self._timers[0][0] if self._timers else now + 1
            try:
                at, found = self._events.get(timeout=min(max(due - now, 0.001), 1.0))
            except Empty:
                pass
            else:
                if isinstance(found, BaseException):
                    raise found
                self._take(found, at - began)
            now = time.monotonic() - began
        self._progress.pass_time(now)
        return self._progress

    def _over(self, now: float) -> bool:
        progress = self._progress
        if progress.pods == 0 and progress.unfinished == 0:
            return True
        progress.dead = not self._timers and now - progress.last_change > QUIET_SECONDS
        return progress.dead or now > seconds(LONGEST_MINUTES)

    def _take(self, pod: Pod, now: float) -> None:
        gang = self._progress.gangs.get(pod.gang)
        became = self._progress.see(pod, now)
        if gang and became == "driver":
            for each in executors(gang.arrival, self._scheduler, self._application(gang)):
                self._later(self._api.create, PODS, each)
        elif gang and became == "whole":
            self._at(now + seconds(gang.arrival.job.minutes), self._end, gang)

    def _submit(self, gang: GangState) -> None:
        self._later(self._api.create, PODS, driver(gang.arrival, self._scheduler, self._application(gang)))

    def _end(self, gang: GangState) -> None:
        gang.done = True
        self._later(self._api.remove, f"{PODS}?labelSelector={GANG_LABEL}={gang.arrival.name}")

    def _application(self, gang: GangState) -> str:
        return f"{self._token}-{gang.arrival.name}"

    def _at(self, when: float, action: Callable[[GangState], None], gang: GangState) -> None:
        heapq.heappush(self._timers, (when, next(self._order), action, gang))


def pods_per_second(api: Api, scheduler: Scheduler, *, count: int, token: str) -> float:
    """Returns how many small pods get a node per second, from the first request to the last binding. Pods may remain.

    Raises:
        RuntimeError: they do not all get one.
    """
    with _pods(api) as (events, later):
        began, bound = time.monotonic(), set[str]()
        for number in range(count):
            later(api.create, PODS, single(number, scheduler, token))
        at = began
        while len(bound) < count:
            try:
                at, found = events.get(timeout=QUIET_SECONDS)
            except Empty:
                raise RuntimeError(f"Only {len(bound)} of {count} pods got a node from {scheduler.value}.") from None
            if isinstance(found, BaseException):
                raise found
            if found.node:
                bound.add(found.name)
        return count / (at - began)


Event = tuple[float, Pod | BaseException]
Later = Callable[..., None]


@contextmanager
def _pods(api: Api) -> Iterator[tuple["SimpleQueue[Event]", Later]]:
    """Yields the events of pods from now on, and a function that sends requests in the background, a few at a time."""
    events: SimpleQueue[Event] = SimpleQueue()
    watch = api.watch(PODS)

    def read() -> None:
        try:
            for kind, pod in watch:
                events.put((time.monotonic(), read_pod(kind, pod)))
        except Exception as error:  # noqa: BLE001  raised by who reads the events
            events.put((time.monotonic(), error))

    def failed(request: "Future[Any]") -> None:
        if not request.cancelled() and (error := request.exception()):
            events.put((time.monotonic(), error))

    reader = threading.Thread(target=read, name="bench-gang-watch", daemon=True)
    pool = ThreadPoolExecutor(CLIENTS, thread_name_prefix="bench-gang")
    reader.start()
    try:
        yield events, lambda call, *words: pool.submit(call, *words).add_done_callback(failed)
    finally:
        # What has not been asked for yet is not: it would come after the rest has been removed.
        pool.shutdown(cancel_futures=True)
        watch.close()
        reader.join(timeout=10)
