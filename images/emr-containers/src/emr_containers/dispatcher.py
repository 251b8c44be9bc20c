"""Brings job runs from PENDING to their end, a bounded number at a time.

Every step is written to the database before or after it in such an order that a restart can repeat it:
SUBMITTED is written before the attempt is started, and starting an attempt twice starts it once
(`runtimes.job.Runtime`). What a run's row says is changed only from the state and the attempt that the step expects.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from structlog.contextvars import bind_contextvars

from emr_containers import metrics
from emr_containers.database import Database, JobRun, VirtualCluster
from emr_containers.job_queue import next_runs
from emr_containers.runtimes.job import Attempt, Job, Runtime
from emr_containers.runtimes.outcome import Outcome, Progress

log = structlog.get_logger()

_UNFINISHED = ("SUBMITTED", "RUNNING", "CANCEL_PENDING")
_DETAILS_LIMIT = 256
_TICK_SECONDS = 1.0
_BACKOFF_SECONDS = (10, 20, 40, 80, 160, 320, 360)
"""Before the second attempt, the third and so on. Source: AWS, "Using retry policies": 10 s, doubled, at most 6 min."""


class Dispatcher:
    """One per server; lives on the server's event loop."""

    def __init__(
        self, *, database: Database, runtime: Runtime, max_running: int, now: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._runtime = runtime
        self._max_running = max_running
        self._now = now
        self._wake = asyncio.Event()
        self._following: dict[str, asyncio.Task[None]] = {}
        self._attempts: dict[str, Attempt] = {}
        self._stopping: dict[str, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looked_at: float | None = None

    def wake(self) -> None:
        """Says that there is something to do; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def run(self) -> None:
        """Takes up what a server before left unfinished, and dispatches, until it is cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self._wake.clear()
                try:
                    await self._dispatch()
                except Exception:
                    # The database, most often. Without the dispatcher nothing would run any more.
                    log.exception("dispatching failed; it is tried again")
                # A tick is how late a retry may be; everything else wakes us. (Python 3.11's `asyncio.wait_for` loses
                # a cancellation that comes together with the event, and the server would never end.)
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TICK_SECONDS):
                        await self._wake.wait()
        finally:
            # The jobs themselves go on: they are for the next server to find.
            for task in [*self._following.values(), *self._stopping.values()]:
                task.cancel()

    async def _dispatch(self) -> None:
        if self._looked_at is None or time.monotonic() - self._looked_at >= _TICK_SECONDS:
            # What a server before left, and what could not be followed to its end.
            for job in await asyncio.to_thread(self._not_followed):
                self._follow(job)
            self._looked_at = time.monotonic()
        for job_run in await asyncio.to_thread(self._cancelled):
            if job_run in self._attempts and job_run not in self._stopping:
                self._stopping[job_run] = asyncio.create_task(self._stop(job_run, self._attempts[job_run]))
        free = self._max_running - len(self._following)
        if free > 0:
            for job in await asyncio.to_thread(self._claim, free):
                self._follow(job)

    async def _stop(self, job_run: str, attempt: Attempt) -> None:
        try:
            await attempt.stop()
        except Exception:
            log.exception("stopping a job run failed", job_run=job_run)
        finally:
            self._stopping.pop(job_run, None)  # where it has not ended by then, it is stopped again

    def _follow(self, job: Job) -> None:
        task = asyncio.create_task(self._run_attempt(job))
        self._following[job.id] = task
        task.add_done_callback(lambda done: self._forget(job, done))

    def _forget(self, job: Job, done: "asyncio.Task[None]") -> None:
        del self._following[job.id]
        self._attempts.pop(job.id, None)
        self._stopping.pop(job.id, None)
        if not done.cancelled() and (error := done.exception()) is not None:
            # Its row is unfinished: the dispatcher takes it up again within a second.
            log.error("following a job run failed", job_run=job.id, exc_info=error)
        else:
            self._wake.set()

    async def _run_attempt(self, job: Job) -> None:
        # On every line that following the run writes, the runtime's too; this task's own context holds it.
        bind_contextvars(job_run=job.id, attempt=job.attempt, virtual_cluster=job.virtual_cluster_id)
        state = await asyncio.to_thread(self._state, job)
        if state not in _UNFINISHED:
            return  # it ended between the look into the database and now
        started = await self._runtime.find(job) if state == "CANCEL_PENDING" else await self._runtime.start(job)
        if started is None:
            outcome = Outcome(succeeded=False, details="Cancelled before it was started.")
        elif isinstance(started, Outcome):
            outcome = started
        else:
            self._attempts[job.id] = started
            metrics.STARTED.inc()
            log.info("job run started", job_run=job.id, attempt=job.attempt)
            self._wake.set()  # it may have been cancelled in the meantime

            async def tell(progress: Progress) -> None:
                nonlocal job
                job = await asyncio.to_thread(self._advance, job, progress)

            outcome = await started.wait(tell)
        state = await asyncio.to_thread(self._finish, job, outcome)
        metrics.ENDED.labels(state).inc()
        log.info(
            "job run ended an attempt",
            job_run=job.id,
            attempt=job.attempt,
            state=state,
            details=outcome.details,
        )

    def _not_followed(self) -> list[Job]:
        with self._database.read() as session:
            unfinished = set(session.scalars(select(JobRun.id).where(JobRun.state.in_(_UNFINISHED))))
            missing = unfinished - self._following.keys()
            return [_job(session, session.get_one(JobRun, job_run)) for job_run in sorted(missing)]

    def _cancelled(self) -> list[str]:
        with self._database.read() as session:
            return list(session.scalars(select(JobRun.id).where(JobRun.state == "CANCEL_PENDING")))

    def _claim(self, most: int) -> list[Job]:
        now = self._now()
        # No pause is longer than the longest: where it seems so, the clock was set back.
        over = or_(JobRun.not_before <= now, JobRun.not_before > now + max(_BACKOFF_SECONDS))
        due = select(JobRun).where(JobRun.state == "PENDING", over)
        with self._database.read() as session:
            if not next_runs(session, due, most=1):
                return []  # most wakes: no lock is taken
        with self._database.write() as session:
            rows = next_runs(session, due, most=most)
            for row in rows:
                row.state = "SUBMITTED"
            return [_job(session, row) for row in rows]

    def _state(self, job: Job) -> str | None:
        with self._database.read() as session:
            return session.scalar(select(JobRun.state).where(JobRun.id == job.id, JobRun.attempt == job.attempt))

    def _advance(self, job: Job, progress: Progress) -> Job:
        with self._database.write() as session:
            row = session.get_one(JobRun, job.id, with_for_update=True)
            if row.state not in _UNFINISHED or row.attempt != job.attempt:
                return job
            if progress.attempt is not None:
                row.attempt = progress.attempt
            if row.state != "CANCEL_PENDING":  # whose details say who cancelled it
                details = progress.details
                row.state_details = None if details is None else details[:_DETAILS_LIMIT]
                # RUNNING stays: it is how the next server knows that it must not start the run (`Job.begun`).
                row.state = "RUNNING" if progress.running else row.state
            return replace(job, attempt=row.attempt)

    def _finish(self, job: Job, outcome: Outcome) -> str:
        with self._database.write() as session:
            row = session.get_one(JobRun, job.id, with_for_update=True)
            if row.state not in _UNFINISHED or row.attempt != job.attempt:
                return row.state
            attempts = row.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
            if row.state == "CANCEL_PENDING" and not outcome.succeeded:
                row.state = "CANCELLED"
            elif outcome.succeeded:
                row.state, row.state_details = "COMPLETED", outcome.details[:_DETAILS_LIMIT] or None
            elif outcome.retryable and row.attempt < attempts:
                wait = _BACKOFF_SECONDS[min(row.attempt, len(_BACKOFF_SECONDS)) - 1]
                row.state, row.not_before = "PENDING", self._now() + wait
                row.state_details = f"Attempt {row.attempt} of {attempts} failed: {outcome.details}"[:_DETAILS_LIMIT]
                row.attempt += 1
                return row.state
            else:
                row.state, row.failure_reason = "FAILED", outcome.reason
                row.state_details = outcome.details[:_DETAILS_LIMIT]
            row.finished_at = max(self._now(), row.created_at)  # the clock may have been set back
            return row.state


def _job(session: Session, row: JobRun) -> Job:
    return Job.of(row, session.get(VirtualCluster, row.virtual_cluster_id))
