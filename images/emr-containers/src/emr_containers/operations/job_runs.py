"""Job runs: StartJobRun, DescribeJobRun, ListJobRuns, CancelJobRun."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emr_containers.database import FINISHED, JobRun, VirtualCluster
from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.identifiers import job_run_arn, new_id
from emr_containers.job_queue import is_full, why_waiting
from emr_containers.job_spec import build_spec, run_tags
from emr_containers.operations import job_templates, virtual_clusters
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.tags import OWNER_TAG


def start(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """StartJobRun: the same client token and request give the same run, for ever.

    The run's row is its acceptance: once it is committed the dispatcher, or that of a restarted server, will
    start it; before, nothing has happened.
    """
    with context.database.write() as session:
        cluster = virtual_clusters.find(session, values["virtualClusterId"])
        found = session.scalar(
            select(JobRun).where(JobRun.virtual_cluster_id == cluster.id, JobRun.client_token == values["clientToken"])
        )
        if found is not None:
            check_repetition(found, values)
            return _reference(context, found)
        if cluster.state != "RUNNING":
            raise ValidationException(f"Virtual cluster {cluster.id!r} is {cluster.state}, not RUNNING.")
        if is_full(session, cluster):
            raise ValidationException(
                f"The queue of the virtual cluster {cluster.id!r} is full: {cluster.max_in_queue_job_runs} job runs "
                "wait, its maxInQueueJobRuns; try again when some have started."
            )
        template = job_templates.find(session, values["jobTemplateId"]).data if "jobTemplateId" in values else None
        spec = build_spec(values, template=template, releases=context.settings.releases)
        context.check(spec)
        tags = run_tags(values, template=template)
        row = JobRun(
            id=new_id(),
            name=values.get("name"),
            client_token=values["clientToken"],
            request_digest=digest(values),
            created_at=context.now(),
            created_by=context.caller,
            tags=tags,
            owner=tags.get(OWNER_TAG),
            virtual_cluster_id=cluster.id,
            state="PENDING",
            spec=spec,
            attempt=1,
        )
        session.add(row)
    context.wake()
    return _reference(context, row)


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeJobRun."""
    with context.database.read() as session:
        row = find(session, cluster=values["virtualClusterId"], job_run=values["id"])
        return {"jobRun": _shown(context, row, waits=_why_waiting(session, [row]))}


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListJobRuns, by name, states and time."""
    query = select(JobRun).where(JobRun.virtual_cluster_id == values["virtualClusterId"])
    if "name" in values:
        query = query.where(JobRun.name == values["name"])
    if "states" in values:
        query = query.where(JobRun.state.in_(values["states"]))
    with context.database.read() as session:
        rows, token = page(session, query, JobRun, values)
        waits = _why_waiting(session, rows)
    return {"jobRuns": [_shown(context, row, waits=waits) for row in rows], "nextToken": token}


def cancel(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CancelJobRun: a run that waits is CANCELLED at once, one that runs is CANCEL_PENDING until it has ended."""
    with context.database.write() as session:
        try:
            row = find(session, cluster=values["virtualClusterId"], job_run=values["id"])
        except ResourceNotFoundException as error:
            # The model gives this operation no ResourceNotFoundException.
            raise ValidationException(str(error)) from error
        if row.state in FINISHED:
            raise ValidationException(f"Job run {row.id!r} is {row.state}: it cannot be cancelled any more.")
        if row.state == "PENDING":
            row.state, row.finished_at = "CANCELLED", context.now()
            when = "before it was started" if row.attempt == 1 else f"before attempt {row.attempt}"
            row.state_details = f"Cancelled by {context.caller} {when}."[:256]
        elif row.state != "CANCEL_PENDING":
            row.state = "CANCEL_PENDING"
            row.state_details = f"Cancelled by {context.caller}."[:256]
    context.wake()
    return {"id": row.id, "virtualClusterId": row.virtual_cluster_id}


def find(session: Session, *, cluster: str, job_run: str) -> JobRun:
    """The job run with this ID in this virtual cluster.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(JobRun, job_run)
    if row is None or row.virtual_cluster_id != cluster:
        raise ResourceNotFoundException(f"Job run {job_run!r} does not exist in virtual cluster {cluster!r}.")
    return row


def _reference(context: Context, row: JobRun) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "arn": job_run_arn(
            region=context.settings.region,
            account=context.settings.account_id,
            cluster=row.virtual_cluster_id,
            job_run=row.id,
        ),
        "virtualClusterId": row.virtual_cluster_id,
    }


def _why_waiting(session: Session, rows: list[JobRun]) -> str | None:
    """Why those of `rows`, all of one virtual cluster, wait that are PENDING."""
    pending = next((row for row in rows if row.state == "PENDING"), None)
    cluster = None if pending is None else session.get(VirtualCluster, pending.virtual_cluster_id)
    return None if cluster is None else why_waiting(session, cluster)


def _shown(context: Context, row: JobRun, *, waits: str | None) -> dict[str, Any]:
    # What the row itself says, of an attempt that failed for one, is worth more.
    details = row.state_details or (waits if row.state == "PENDING" else None)
    return {
        **_reference(context, row),
        "state": row.state,
        "stateDetails": details,
        "failureReason": row.failure_reason,
        "clientToken": row.client_token,
        **row.spec,
        "createdAt": moment(row.created_at),
        "createdBy": row.created_by,
        "finishedAt": moment(row.finished_at) if row.finished_at else None,
        "tags": row.tags,
        "retryPolicyExecution": {"currentAttemptCount": row.attempt}
        if "retryPolicyConfiguration" in row.spec
        else None,
    }
