"""Reads the event logs of sized job runs that have ended, one after the other, beside the dispatcher.

A row without `read_at` is the note that its log is to be read, so a server that is killed leaves it to the next one. A
log that cannot be read costs its run the place in its task's history, unless the run's end itself names a lack of
memory: a killed driver often leaves no log.

A failed run gets tags about memory in the same transaction. A client that sees them and starts the job again gets sizes
that know of this run.
"""

import asyncio
import time
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from emr_containers.dispatch.attempts import current_attempt
from emr_containers.runtimes.runtime import Runtime
from emr_containers.sizing.plan.lack import lack_ended_it, lacking_part
from emr_containers.sizing.plan.planner import plan_sizes
from emr_containers.sizing.profile import Profile
from emr_containers.sizing.records import Outcome, packed, planned_from, run_from, runs_from
from emr_containers.sizing.shortage import shortage_tags
from emr_containers.store.database import Database
from emr_containers.store.sized_runs import delete_old, read_runs, unread_runs
from emr_containers.store.tables import JobRun, SizedRun

log = structlog.get_logger()

_LOOK_SECONDS = 1.0
_AT_A_TIME = 20


class ProfileReader:
    """The reader of one server. It has a thread of its own while it reads."""

    def __init__(self, *, database: Database, runtime: Runtime, now: Callable[[], float] = time.time) -> None:
        self._database, self._runtime, self._now = database, runtime, now

    async def run(self) -> None:
        """Reads until it is cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.read_all)
            except Exception:
                # Most often the database failed.
                log.exception("event logs could not be looked for; it is tried again")
            await asyncio.sleep(_LOOK_SECONDS)

    def read_all(self) -> None:
        """Reads the logs of all runs that have ended by now."""
        with self._database.read() as session:
            found = unread_runs(session, most=_AT_A_TIME)
        for sized, run in found:
            outcome = self._outcome(sized, run)
            with self._database.write() as session:
                row = session.get(SizedRun, sized.id)
                if row is None:
                    continue
                row.outcome, row.read_at = None if outcome is None else packed(outcome), self._now()
                session.flush()
                if run.state == "FAILED":
                    ended = session.get_one(JobRun, run.id)
                    tags = _tags(session, row, outcome, driver_end=ended.state_details or "")
                    ended.tags = {**ended.tags, **tags}
                delete_old(session, cluster=row.virtual_cluster_id, signature=row.signature, now=self._now())

    def _outcome(self, sized: SizedRun, run: JobRun) -> Outcome | None:
        planned = planned_from(sized.planned)
        if run.state == "CANCELLED" or planned is None:
            return None  # it says nothing of what a whole run needs
        completed = run.state == "COMPLETED"
        end = None if completed else run.state_details or ""
        unread = None
        try:
            profile = self._runtime.read_profile(current_attempt(run))
        except Exception as error:  # noqa: BLE001  whatever keeps it from being read, the run has ended as it has
            unread = str(error)
            profile = Profile(problems=(unread,))
        full = lacking_part(profile, sizes=planned.sizes, driver_end=end)
        if unread is not None and full is None:
            log.warning("an event log cannot be read; its run does not count", job_run=run.id, why=unread)
            return None
        for problem in profile.problems:
            log.warning("a part of an event log cannot be read", job_run=run.id, why=problem)
        return Outcome(profile=profile, full=full, completed=completed)


def _tags(session: Session, row: SizedRun, outcome: Outcome | None, *, driver_end: str) -> dict[str, str]:
    planned = planned_from(row.planned)
    if planned is None or outcome is None or not lack_ended_it(outcome.profile, driver_end=driver_end):
        return shortage_tags(None, next_sizes=None)
    rows = read_runs(session, cluster=row.virtual_cluster_id, signature=row.signature)
    history = runs_from((each.planned, each.outcome) for each in rows)
    plan = plan_sizes(history, defaults=planned.defaults, bounds=planned.bounds, fixed=planned.fixed)
    run = run_from(row.planned, row.outcome)
    return shortage_tags(run, next_sizes=plan.sizes if planned.applied else None)
