"""The rows of job runs, as the dispatcher changes them.

Each change happens only if the row still has the state and the attempt that the step expects, so a step that comes late
changes nothing.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from emr_containers import metrics
from emr_containers.dispatch.attempts import current_attempt
from emr_containers.dispatch.start_order import can_start, next_runs
from emr_containers.exceptions import TermEndedError
from emr_containers.jobs.state_details import cancellation_details, shortened
from emr_containers.runtimes.outcome import Outcome, Progress
from emr_containers.runtimes.runtime import JobAttempt
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster
from emr_containers.store.terms import Term

UNFINISHED = ("SUBMITTED", "RUNNING", "CANCEL_PENDING")
"""The states of runs that were started and have not ended."""
_CANCELLED = select(JobRun.id).where(JobRun.state == "CANCEL_PENDING")


class RunRows:
    """The rows of all job runs. Safe to use from several threads."""

    def __init__(
        self, database: Database, *, retry_delays: Sequence[float], now: Callable[[], float] = time.time
    ) -> None:
        """Args:
        retry_delays: seconds to wait before the second attempt, the third and so on; the last one repeats.
        now: returns the time in seconds since the epoch.
        """
        self._database, self._retry_delays, self._now = database, retry_delays, now
        self.term: Term | None = None
        """The term in which this server changes rows; each change fails with TermEndedError once it is over."""

    def unfinished(self, known: Collection[str]) -> list[JobAttempt]:
        """Returns the unfinished attempts of runs whose IDs are not among `known`."""
        with self._database.read() as session:
            unfinished = set(session.scalars(select(JobRun.id).where(JobRun.state.in_(UNFINISHED))))
            missing = unfinished - set(known)
            return [_job(session, session.get_one(JobRun, job_run)) for job_run in sorted(missing)]

    def look(self, *, places: int) -> tuple[list[str], bool]:
        """Returns the IDs of the runs that are to be stopped, and whether `claim` would find a run for `places`."""
        with self._database.read() as session:
            return list(session.scalars(_CANCELLED)), places > 0 and can_start(session, self._due())

    def claim(self, most: int, *, reserve: Callable[[JobAttempt], str | None]) -> list[JobAttempt]:
        """Marks the runs that start now as SUBMITTED and returns them, `most` at most.

        Args:
            reserve: see `Runtime.reserve`.
        """
        with self._database.write(term=self.term) as session:
            claimed = []
            for row in next_runs(session, self._due(), most=most):
                job = _job(session, row)
                # Before the claim: if the place is missing later, the attempt may have begun in it.
                row.claimed_in = reserve(job)
                row.state = "SUBMITTED"
                claimed.append(replace(job, claimed_in=row.claimed_in))
            return claimed

    def _due(self) -> Select[JobRun]:
        now = self._now()
        # A wait that seems longer than the longest delay means that the clock was set back.
        over = or_(JobRun.not_before <= now, JobRun.not_before > now + max(self._retry_delays))
        return select(JobRun).where(JobRun.state == "PENDING", over)

    def state(self, job: JobAttempt) -> str | None:
        """Returns the state of the attempt's run; None if the run has gone on to another attempt."""
        with self._database.read() as session:
            return session.scalar(select(JobRun.state).where(JobRun.id == job.id, JobRun.attempt == job.attempt))

    def note_place(self, job: JobAttempt, place: str) -> JobAttempt:
        """Stores the place in which an attempt begins, and returns the attempt with it.

        Raises:
            TermEndedError: the term is over, or the run has gone on without this server.
        """
        with self._database.write(term=self.term) as session:
            row = session.get_one(JobRun, job.id, with_for_update=True)
            if row.state not in UNFINISHED or row.attempt != job.attempt:
                raise TermEndedError(f"The job run {job.id!r} has gone on without this server.")
            row.claimed_in = place
            return replace(job, claimed_in=place)

    def advance(self, job: JobAttempt, progress: Progress) -> JobAttempt:
        """Stores the progress of an attempt, and returns the attempt that now runs."""
        with self._database.write(term=self.term) as session:
            row = session.get_one(JobRun, job.id, with_for_update=True)
            if row.state not in UNFINISHED or row.attempt != job.attempt:
                return job
            if progress.attempt is not None:
                row.attempt = progress.attempt
            if progress.running and row.started_at is None:
                row.started_at = max(self._now(), row.created_at)  # the clock may have been set back
            _keep_messages(row, progress)
            if row.state != "CANCEL_PENDING":  # whose details say who cancelled it
                details = progress.details
                row.state_details = None if details is None else shortened(details, keep=_last_message(progress))
                if progress.running and row.state == "SUBMITTED" and row.attempt == 1:
                    metrics.WAITED.observe(max(self._now() - row.created_at, 0.0))
                # RUNNING stays, so that the next server does not start the run again (`JobAttempt.driver_has_run`).
                row.state = "RUNNING" if progress.running else row.state
            return replace(job, attempt=row.attempt)

    def finish(self, job: JobAttempt, outcome: Outcome) -> str:
        """Stores the outcome of an attempt, and returns the state in which it leaves its run."""
        with self._database.write(term=self.term) as session:
            row = session.get_one(JobRun, job.id, with_for_update=True)
            if row.state not in UNFINISHED or row.attempt != job.attempt:
                return row.state
            attempts = row.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
            _keep_messages(row, outcome)
            message = _last_message(outcome)
            if row.state == "CANCEL_PENDING" and not outcome.succeeded:
                row.state = "CANCELLED"
                first, messages = row.state_details or "", row.messages or {}
                row.state_details = cancellation_details(first, messages, attempt=row.attempt) or None
            elif outcome.succeeded:
                row.state, row.state_details = "COMPLETED", shortened(outcome.details) or None
            elif outcome.retryable and row.attempt < attempts:
                wait = self._retry_delays[min(row.attempt, len(self._retry_delays)) - 1]
                row.state, row.not_before = "PENDING", self._now() + wait
                details = f"Attempt {row.attempt} of {attempts} failed: {outcome.details}"
                row.state_details = shortened(details, keep=message)
                row.attempt += 1
                return row.state
            else:
                row.state, row.failure_reason = "FAILED", outcome.reason
                row.state_details = shortened(outcome.details, keep=message)
            row.finished_at = max(self._now(), row.created_at)  # the clock may have been set back
            metrics.LASTED.labels(row.state).observe(row.finished_at - row.created_at)
            return row.state


def _keep_messages(row: JobRun, report: Progress | Outcome) -> None:
    # A driver's pod may be deleted before the next server reads it.
    if report.messages:
        row.messages = (row.messages or {}) | dict(report.messages)


def _last_message(report: Progress | Outcome) -> str:
    return next(reversed([*report.messages.values()]), "")


def _job(session: Session, row: JobRun) -> JobAttempt:
    return current_attempt(row, session.get(VirtualCluster, row.virtual_cluster_id))
