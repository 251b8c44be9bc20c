"""Takes job runs from PENDING to their end, a limited number at the same time.

Each step is ordered around its write to the database so that a restart can repeat it. SUBMITTED is written before the
attempt is started, and starting an attempt twice starts it once (`runtimes.runtime.Runtime`). A step changes a run's
row only if the row still has the state and the attempt that the step expects, and only within the term in which this
server dispatches (`Term`).
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from structlog.contextvars import bind_contextvars

from emr_containers import metrics
from emr_containers.dispatch.failure_causes import failure_cause
from emr_containers.dispatch.run_rows import UNFINISHED, RunRows
from emr_containers.exceptions import TermEndedError
from emr_containers.runtimes.fence import fence
from emr_containers.runtimes.outcome import Outcome, Progress
from emr_containers.runtimes.runtime import JobAttempt, Runtime, StartedAttempt
from emr_containers.store.database import Database
from emr_containers.store.terms import Term

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class DispatchTiming:
    """The dispatcher's intervals, in seconds."""

    tick: float = 1.0
    """The interval at which retries that are due are looked for. Everything else wakes the dispatcher."""
    retry_delays: tuple[float, ...] = (10, 20, 40, 80, 160, 320, 360)
    """The waits before the second attempt, the third and so on.

    Source: AWS, "Using retry policies": 10 s, doubled each time, at most 6 min.
    """


TIMING = DispatchTiming()


class Dispatcher:
    """The server's dispatcher. There is one, on the server's event loop."""

    def __init__(
        self,
        *,
        database: Database,
        runtime: Runtime,
        max_running: int,
        now: Callable[[], float] = time.time,
        timing: DispatchTiming = TIMING,
    ) -> None:
        self._runtime = runtime
        self._max_running = max_running
        self._rows = RunRows(database, now=now, retry_delays=timing.retry_delays)
        self._timing = timing
        self._wake = asyncio.Event()
        self._following: dict[str, asyncio.Task[None]] = {}
        self._attempts: dict[str, StartedAttempt] = {}
        self._stopping: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked_at: float | None = None
        self._term: Term | None = None

    def wake(self) -> None:
        """Tells the dispatcher that there is something to do. Safe to call from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self, term: Term) -> None:
        """Follows unfinished runs and dispatches, until it is cancelled or the term is over."""
        self._loop, self._term, self._looked_at = asyncio.get_running_loop(), term, None
        self._rows.term = term
        fence(term.check, lambda: term.ends_at)
        try:
            while True:
                self._wake.clear()
                try:
                    term.check()
                    await self._dispatch()
                except TermEndedError as error:
                    log.warning("no more is dispatched", why=str(error))
                    return
                except Exception:
                    # Most often the database failed. Without the dispatcher, no job would run any more.
                    log.exception("dispatching failed; retrying")
                # Not `asyncio.wait_for`: in Python 3.11 it loses a cancellation that comes together with the event, and
                # the server would never end.
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._timing.tick):
                        await self._wake.wait()
        finally:
            # The jobs themselves go on; the next server finds them.
            tasks = [*self._following.values(), *self._stopping.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _dispatch(self) -> None:
        if self._looked_at is None or time.monotonic() - self._looked_at >= self._timing.tick:
            # Runs that an earlier server left, and runs whose following failed.
            for job in await asyncio.to_thread(self._rows.unfinished, self._following.keys()):
                self._follow(job)
            self._looked_at = time.monotonic()
        free = self._max_running - len(self._following)
        cancelled, waiting = await asyncio.to_thread(self._rows.look, places=free)
        for job_run in cancelled:
            if job_run in self._attempts and job_run not in self._stopping:
                self._stopping[job_run] = asyncio.create_task(self._stop(job_run, self._attempts[job_run]))
        if waiting:
            for job in await asyncio.to_thread(self._rows.claim, free, reserve=self._runtime.reserve):
                self._follow(job)

    async def _stop(self, job_run: str, attempt: StartedAttempt) -> None:
        try:
            await attempt.stop()
        except TermEndedError:
            self._wake.set()  # the dispatcher ends
        except Exception:
            log.exception("stopping a job run failed", job_run=job_run)
        finally:
            self._stopping.pop(job_run, None)  # a run that is still there is stopped again

    def _follow(self, job: JobAttempt) -> None:
        task = asyncio.create_task(self._run_attempt(job))
        self._following[job.id] = task
        task.add_done_callback(lambda done: self._forget(job, done))

    def _forget(self, job: JobAttempt, done: "asyncio.Task[None]") -> None:
        del self._following[job.id]
        self._attempts.pop(job.id, None)
        self._stopping.pop(job.id, None)
        error = None if done.cancelled() else done.exception()
        if isinstance(error, TermEndedError):
            if self._term is not None:
                self._term.end()
            self._wake.set()
        elif error is not None:
            # The run's row is unfinished, so the dispatcher follows it again within a second.
            log.error("following a job run failed", job_run=job.id, exc_info=error)
        else:
            self._wake.set()

    async def _run_attempt(self, job: JobAttempt) -> None:
        # On every line that following the run writes, also in the runtime: the variables belong to this task.
        bind_contextvars(job_run=job.id, attempt=job.attempt, virtual_cluster=job.virtual_cluster_id)
        state = await asyncio.to_thread(self._rows.state, job)
        if state not in UNFINISHED:
            return  # it has ended since the dispatcher read the database

        async def note_place(place: str) -> None:
            nonlocal job
            job = await asyncio.to_thread(self._rows.note_place, job, place)

        if state == "CANCEL_PENDING":
            started = await self._runtime.find(job)
        else:
            started = await self._runtime.start(job, note_place)
        if started is None:
            outcome = Outcome(succeeded=False, details="Cancelled before it was started.")
        elif isinstance(started, Outcome):
            outcome = started
        else:
            self._attempts[job.id] = started
            metrics.STARTED.inc()
            log.info("job run started", job_run=job.id, attempt=job.attempt)
            self._wake.set()  # the run may have been cancelled in the meantime

            async def report(progress: Progress) -> None:
                nonlocal job
                job = await asyncio.to_thread(self._rows.advance, job, progress)

            outcome = await started.wait(report)
        state = await asyncio.to_thread(self._rows.finish, job, outcome)
        metrics.ENDED.labels(state).inc()
        if not outcome.succeeded and state != "CANCELLED":
            metrics.FAILED.labels(failure_cause(outcome.details)).inc()
        log.info(
            "job run ended an attempt",
            job_run=job.id,
            attempt=job.attempt,
            state=state,
            details=outcome.details,
        )
