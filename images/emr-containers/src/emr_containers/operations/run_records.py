"""Facts about job runs that AWS's model has no place for: a run's record, and the length of a queue."""

from typing import Any

from sqlalchemy import func, select

from emr_containers.operations import job_runs, virtual_clusters
from emr_containers.operations.context import Context
from emr_containers.store.tables import FINISHED, JobRun, JobTemplate, SizedRun, VirtualCluster

_UNFINISHED = ("PENDING", "SUBMITTED", "RUNNING", "CANCEL_PENDING")


def describe_record(context: Context, *, cluster: str, job_run: str) -> dict[str, Any]:
    """Returns what is known of a job run beside DescribeJobRun. Times are seconds since the epoch; null: not known.

    Raises:
        ResourceNotFoundException: there is no such run.
    """
    with context.database.read() as session:
        row = job_runs.find(session, cluster=cluster, job_run=job_run)
        template = None if row.template_id is None else session.get(JobTemplate, row.template_id)
        sized = session.get(SizedRun, job_run)
        namespace = session.get_one(VirtualCluster, cluster).namespace
    return {
        "namespace": namespace,
        "template": None if row.template_id is None else {"id": row.template_id, "name": template and template.name},
        "createdAt": row.created_at,
        "startedAt": row.started_at,
        "finishedAt": row.finished_at,
        "attempt": row.attempt,
        "notBefore": row.not_before if row.state == "PENDING" and row.not_before else None,
        "messages": [message for message in (row.messages or {}).values() if message],
        "sizing": None if sized is None else {"signature": sized.signature, "why": sized.planned.get("why")},
    }


def count_unfinished(context: Context, *, cluster: str) -> dict[str, int]:
    """Returns how many job runs of the virtual cluster have not ended, by state.

    Raises:
        ResourceNotFoundException: there is no such virtual cluster.
    """
    query = (
        select(JobRun.state, func.count())
        .where(JobRun.virtual_cluster_id == cluster, JobRun.state.not_in(FINISHED))
        .group_by(JobRun.state)
    )
    with context.database.read() as session:
        if session.get(VirtualCluster, cluster) is None:
            raise virtual_clusters.missing_error(cluster)
        found = {row[0]: row[1] for row in session.execute(query)}
    return {state: found.get(state, 0) for state in _UNFINISHED}
