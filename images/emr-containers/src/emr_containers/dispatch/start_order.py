"""The order in which waiting job runs start, within each virtual cluster's `schedulerConfiguration`.

The counts come from the job runs' own rows; nothing else is stored. Source: the model's SchedulerConfiguration: waiting
runs start by themselves when places become free.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from emr_containers.store.tables import JobRun, VirtualCluster

QUEUED = ("PENDING", "SUBMITTED")
_STARTED = ("SUBMITTED", "RUNNING", "CANCEL_PENDING")
"""The states in which a run holds one of the places: from its start until its end."""

_LIMITS = select(VirtualCluster.id, VirtualCluster.max_concurrent_job_runs).where(
    VirtualCluster.max_concurrent_job_runs.is_not(None)
)


def can_start(session: Session, due: Select[JobRun]) -> bool:
    """Returns True if one of the job runs in `due` starts now, see `next_runs`. Locks nothing."""
    queries = (query.with_only_columns(JobRun.id) for query, _places in _with_places(session, due))
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def next_runs(session: Session, due: Select[JobRun], *, most: int) -> list[JobRun]:
    """Returns the job runs that start now, the oldest first, locked for this transaction.

    A full virtual cluster does not delay the runs of another one.

    Args:
        session: a transaction during which no other one starts runs.
        due: the waiting runs, without those whose next attempt has to wait for its time.
        most: the maximum number of runs to return.
    """
    rows: list[JobRun] = []
    for query, places in _with_places(session, due.order_by(JobRun.created_at, JobRun.id).with_for_update()):
        rows += session.scalars(query.limit(most if places is None else min(places, most)))
    return sorted(rows, key=lambda row: (row.created_at, row.id))[:most]


def _with_places(session: Session, due: Select[JobRun]) -> list[tuple[Select[JobRun], int | None]]:
    """Returns the runs in `due` by the number of places that they share; None: any number."""
    limits = _limits(session)
    if not limits:
        return [(due, None)]
    free = free_places(limits, started_counts(session, limits))
    limited = [(due.where(JobRun.virtual_cluster_id == cluster), places) for cluster, places in free.items()]
    return [(due.where(JobRun.virtual_cluster_id.not_in(limits)), None), *limited]


def free_places(limits: Mapping[str, int], running: Mapping[str, int]) -> dict[str, int]:
    """Returns the number of free places of each virtual cluster, without clusters that are full.

    Args:
        limits: `maxConcurrentJobRuns` by virtual cluster.
        running: the number of runs that hold a place, by virtual cluster.
    """
    # A limit that was lowered may be below the number of runs that already run.
    free = {cluster: limit - running.get(cluster, 0) for cluster, limit in limits.items()}
    return {cluster: places for cluster, places in free.items() if places > 0}


def started_counts(session: Session, clusters: Collection[str]) -> dict[str, int]:
    """Returns the number of job runs that hold a place, for each of these virtual clusters."""
    return {
        cluster: sum(counts.get(state, 0) for state in _STARTED)
        for cluster, counts in counts_by_state(session, clusters)
    }


def counts_by_state(session: Session, clusters: Collection[str]) -> list[tuple[str, dict[str, int]]]:
    """Returns the number of unfinished job runs by state, for each of these virtual clusters."""
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
    """Returns the reason why job runs of this virtual cluster wait for a place; None if places are free."""
    limit = cluster.max_concurrent_job_runs
    if limit is None or (running := started_counts(session, [cluster.id])[cluster.id]) < limit:
        return None
    return (
        f"Waits for a place: {running} job runs of the virtual cluster {cluster.id!r} have been started, and its "
        f"maxConcurrentJobRuns is {limit}."
    )


def is_full(session: Session, cluster: VirtualCluster) -> bool:
    """Returns True if the virtual cluster's queue takes no more job runs."""
    limit = cluster.max_in_queue_job_runs
    if limit is None:
        return False
    waiting = session.scalar(
        select(func.count()).where(JobRun.virtual_cluster_id == cluster.id, JobRun.state.in_(QUEUED))
    )
    return (waiting or 0) >= limit


def _limits(session: Session) -> dict[str, int]:
    return {cluster: limit for cluster, limit in session.execute(_LIMITS) if limit is not None}
