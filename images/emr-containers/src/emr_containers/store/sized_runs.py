"""The rows of job runs that are sized by earlier runs: the history of each task, bounded in number and age."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from emr_containers.store.tables import FINISHED, JobRun, SizedRun

KEPT = 20
"""The number of runs of a task whose rows are kept."""
KEPT_SECONDS = 180 * 24 * 3600.0
"""The age from which on a row is deleted."""


def read_runs(session: Session, *, cluster: str, signature: str) -> list[SizedRun]:
    """Returns the runs of a task whose event logs were read, the newest last."""
    query = (
        select(SizedRun)
        .where(SizedRun.virtual_cluster_id == cluster, SizedRun.signature == signature, SizedRun.read_at.is_not(None))
        .order_by(SizedRun.created_at.desc(), SizedRun.id.desc())
        .limit(KEPT)
    )
    return [row for row in reversed(list(session.scalars(query))) if row.outcome is not None]


def signatures(session: Session, *, cluster: str) -> list[str]:
    """Returns the names of all tasks of a virtual cluster that have a run."""
    query = select(SizedRun.signature).where(SizedRun.virtual_cluster_id == cluster).distinct()
    return sorted(session.scalars(query))


def owners(session: Session, job_runs: Sequence[str]) -> dict[str, str | None]:
    """Returns the owner of each of these job runs, by ID; None for one without."""
    query = select(JobRun.id, JobRun.owner).where(JobRun.id.in_(job_runs))
    return {row.id: row.owner for row in session.execute(query)}


def delete_history(session: Session, *, cluster: str, signature: str) -> int:
    """Deletes the rows of a task and returns their number. Runs that have not ended will not count either."""
    query = select(SizedRun).where(SizedRun.virtual_cluster_id == cluster, SizedRun.signature == signature)
    found = list(session.scalars(query))
    for row in found:
        session.delete(row)
    return len(found)


def unread_runs(session: Session, *, most: int) -> list[tuple[SizedRun, JobRun]]:
    """Returns job runs that have ended and whose event logs were not read yet, the oldest first."""
    query = (
        select(SizedRun, JobRun)
        .join(JobRun, JobRun.id == SizedRun.id)
        .where(SizedRun.read_at.is_(None), JobRun.state.in_(FINISHED))
        .order_by(SizedRun.created_at)
        .limit(most)
    )
    return [(sized, run) for sized, run in session.execute(query)]


def delete_old(session: Session, *, cluster: str, signature: str, now: float) -> None:
    """Deletes the rows of a task beyond the newest `KEPT`, and those of any task that are older than `KEPT_SECONDS`.

    Rows of runs that have not ended stay, whatever their number.
    """
    newest = (
        select(SizedRun.id)
        .where(SizedRun.virtual_cluster_id == cluster, SizedRun.signature == signature, SizedRun.read_at.is_not(None))
        .order_by(SizedRun.created_at.desc(), SizedRun.id.desc())
        .offset(KEPT)
    )
    session.execute(delete(SizedRun).where(SizedRun.id.in_(list(session.scalars(newest)))))
    session.execute(delete(SizedRun).where(SizedRun.created_at < now - KEPT_SECONDS, SizedRun.read_at.is_not(None)))
