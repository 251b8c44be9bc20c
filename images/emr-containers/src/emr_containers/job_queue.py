"""Which waiting job runs may start: a virtual cluster's `schedulerConfiguration`.

What counts is written down nowhere but in the job runs' own rows. Source: the model's SchedulerConfiguration: as places
become free, runs that wait start by themselves.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from emr_containers.database import JobRun, VirtualCluster

QUEUED = ("PENDING", "SUBMITTED")
_STARTED = ("SUBMITTED", "RUNNING", "CANCEL_PENDING")
"""The states in which a run holds one of the places: also from when it is started, and until it has ended."""


def next_runs(session: Session, due: Select[JobRun], *, most: int) -> list[JobRun]:
    """Those of the job runs `due` that are to start now, the oldest first, locked for this transaction.

    A full virtual cluster holds up none of another, however many of its runs wait.

    Args:
        session: of a transaction in which nobody else starts runs.
        due: the runs that wait, and need not wait for the time of their next attempt.
        most: as many at most.
    """
    limits = _limits(session)
    free = free_places(limits, started(session, limits))
    due = due.order_by(JobRun.created_at, JobRun.id).with_for_update()
    unlimited = due if not limits else due.where(JobRun.virtual_cluster_id.not_in(limits))
    rows = list(session.scalars(unlimited.limit(most)))
    for cluster, places in free.items():
        rows += session.scalars(due.where(JobRun.virtual_cluster_id == cluster).limit(min(places, most)))
    return sorted(rows, key=lambda row: (row.created_at, row.id))[:most]


def free_places(limits: Mapping[str, int], running: Mapping[str, int]) -> dict[str, int]:
    """How many job runs each virtual cluster has room for; one that is full is left out.

    Args:
        limits: its `maxConcurrentJobRuns`.
        running: how many hold a place.
    """
    # A limit that was lowered may be under what runs already.
    free = {cluster: limit - running.get(cluster, 0) for cluster, limit in limits.items()}
    return {cluster: places for cluster, places in free.items() if places > 0}


def started(session: Session, clusters: Collection[str]) -> dict[str, int]:
    """How many job runs of each of these virtual clusters hold a place."""
    return {cluster: sum(counts.get(state, 0) for state in _STARTED) for cluster, counts in by_state(session, clusters)}


def by_state(session: Session, clusters: Collection[str]) -> list[tuple[str, dict[str, int]]]:
    """How many unfinished job runs these virtual clusters have, by state."""
    if not clusters:
        return []
    rows = session.execute(
        select(JobRun.virtual_cluster_id, JobRun.state, func.count())
        .where(JobRun.virtual_cluster_id.in_(clusters), JobRun.state.in_({*QUEUED, *_STARTED}))
        .group_by(JobRun.virtual_cluster_id, JobRun.state)
    )
    counts: dict[str, dict[str, int]] = {cluster: {} for cluster in clusters}
    for cluster, state, count in rows:
        counts[cluster][state] = count
    return list(counts.items())


def why_waiting(session: Session, cluster: VirtualCluster) -> str | None:
    """Why a job run of this virtual cluster waits, where it is for a place; None where there are free ones."""
    limit = cluster.max_concurrent_job_runs
    if limit is None or (running := started(session, [cluster.id])[cluster.id]) < limit:
        return None
    return (
        f"Waits for a place: {running} job runs of the virtual cluster {cluster.id!r} have been started, and its "
        f"maxConcurrentJobRuns is {limit}."
    )


def is_full(session: Session, cluster: VirtualCluster) -> bool:
    """Whether the virtual cluster's queue takes no more job runs."""
    limit = cluster.max_in_queue_job_runs
    if limit is None:
        return False
    waiting = session.scalar(
        select(func.count()).where(JobRun.virtual_cluster_id == cluster.id, JobRun.state.in_(QUEUED))
    )
    return (waiting or 0) >= limit


def _limits(session: Session) -> dict[str, int]:
    rows = session.execute(
        select(VirtualCluster.id, VirtualCluster.max_concurrent_job_runs).where(
            VirtualCluster.max_concurrent_job_runs.is_not(None)
        )
    )
    return {cluster: limit for cluster, limit in rows if limit is not None}
