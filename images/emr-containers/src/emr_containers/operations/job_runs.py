"""Job runs: StartJobRun, DescribeJobRun, ListJobRuns, CancelJobRun."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from emr_containers.dispatch.start_order import is_full, why_waiting
from emr_containers.exceptions import ResourceNotFoundException, TurnNeededError, ValidationException
from emr_containers.jobs.identifiers import job_run_arn, new_id
from emr_containers.jobs.job_spec import build_spec, run_tags
from emr_containers.jobs.state_details import cancellation_details, shortened
from emr_containers.jobs.tags import OWNER_TAG
from emr_containers.operations import job_templates, virtual_clusters
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.operations.sized_starts import plan_start
from emr_containers.operations.start_rights import check_start
from emr_containers.store.tables import FINISHED, JobRun, VirtualCluster

_CLUSTER_AND_REPEATED = (
    select(VirtualCluster, JobRun)
    .outerjoin(JobRun, and_(JobRun.virtual_cluster_id == VirtualCluster.id, JobRun.client_token == bindparam("token")))
    .where(VirtualCluster.id == bindparam("cluster"))
)


def start(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """StartJobRun: the same client token and request always give the same run.

    A run is accepted when its row is committed. From then on the dispatcher, also that of a restarted server, starts
    it; before, nothing has happened.
    """
    # The job is built and checked before the transaction: only one writes at a time, and all others wait for it.
    with context.database.read() as session:
        cluster, repeated = _asked(session, values)
        if repeated is not None:
            return _repeated(context, repeated, values)
        _check_running(cluster)
        template_id = values.get("jobTemplateId")
        if template_id is not None and not context.in_turn and job_templates.is_large(session, template_id):
            raise TurnNeededError
        found_template = None if template_id is None else job_templates.find(session, template_id)
    template = None if found_template is None else found_template.data
    spec = build_spec(values, template=template, releases=context.settings.releases)
    tags = run_tags(values, template=template)
    check_start(context, values, spec=spec, tags=tags, template=found_template)
    # The plan is a part of the job: a repeated request finds it in the run's row, whatever the history says by then.
    spec, sized = plan_start(context, values, template=template, spec=spec)
    context.check(spec)
    with context.database.write() as session:
        cluster, repeated = _asked(session, values)
        if repeated is not None:
            return _repeated(context, repeated, values)
        _check_running(cluster)
        if is_full(session, cluster):
            raise ValidationException(
                f"The queue of the virtual cluster {cluster.id!r} is full: {cluster.max_in_queue_job_runs} job runs "
                "wait, as many as its maxInQueueJobRuns allows; try again when some have started."
            )
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
            template_id=values.get("jobTemplateId"),
        )
        session.add(row)
        if sized is not None:
            sized.id = row.id
            session.add(sized)
    context.wake()
    return _reference(context, row)


def _asked(session: Session, values: dict[str, Any]) -> tuple[VirtualCluster, JobRun | None]:
    """Returns the virtual cluster of a StartJobRun, and the job run that its client token has made."""
    asked = {"cluster": values["virtualClusterId"], "token": values["clientToken"]}
    found = session.execute(_CLUSTER_AND_REPEATED, asked).one_or_none()
    if found is None:
        raise virtual_clusters.missing_error(values["virtualClusterId"])
    cluster, repeated = found
    return cluster, repeated


def _repeated(context: Context, row: JobRun, values: dict[str, Any]) -> dict[str, Any]:
    check_repetition(row, values)
    return _reference(context, row)


def _check_running(cluster: VirtualCluster) -> None:
    if cluster.state != "RUNNING":
        raise ValidationException(f"Virtual cluster {cluster.id!r} is {cluster.state}, not RUNNING.")


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeJobRun."""
    with context.database.read() as session:
        row = find(session, cluster=values["virtualClusterId"], job_run=values["id"])
        return {"jobRun": _shown(context, row, waiting_reason=_why_waiting(session, [row]))}


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListJobRuns, by name, states and time."""
    query = select(JobRun).where(JobRun.virtual_cluster_id == values["virtualClusterId"])
    if "name" in values:
        query = query.where(JobRun.name == values["name"])
    if "states" in values:
        query = query.where(JobRun.state.in_(values["states"]))
    with context.database.read() as session:
        rows, token = page(session, query, JobRun, values)
        waiting_reason = _why_waiting(session, rows)
    return {"jobRuns": [_shown(context, row, waiting_reason=waiting_reason) for row in rows], "nextToken": token}


def cancel(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CancelJobRun: a waiting run is CANCELLED at once; a started one is CANCEL_PENDING until it has ended."""
    with context.database.write() as session:
        try:
            row = find(session, cluster=values["virtualClusterId"], job_run=values["id"])
        except ResourceNotFoundException as error:
            # The model gives this operation no ResourceNotFoundException.
            raise ValidationException(str(error)) from error
        if row.state in FINISHED:
            raise ValidationException(f"Job run {row.id!r} is {row.state} and can no longer be cancelled.")
        if row.state == "PENDING":
            row.state, row.finished_at = "CANCELLED", context.now()
            when = "before it was started" if row.attempt == 1 else f"before attempt {row.attempt}"
            first = f"Cancelled by {context.caller} {when}."
            row.state_details = cancellation_details(first, row.messages or {}, attempt=row.attempt)
        elif row.state != "CANCEL_PENDING":
            row.state = "CANCEL_PENDING"
            row.state_details = shortened(f"Cancelled by {context.caller}.")
    context.wake()
    return {"id": row.id, "virtualClusterId": row.virtual_cluster_id}


def find(session: Session, *, cluster: str, job_run: str) -> JobRun:
    """Returns the job run with this ID in this virtual cluster.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(JobRun, job_run)
    if row is None or row.virtual_cluster_id != cluster:
        raise ResourceNotFoundException(f"Job run {job_run!r} does not exist in virtual cluster {cluster!r}.")
    return row


def find_repeated(session: Session, values: Mapping[str, Any]) -> JobRun | None:
    """Returns the job run that the same StartJobRun made before; None where there is none."""
    found = _with_token(session, values)
    return found if found is not None and found.request_digest == digest(dict(values)) else None


def _with_token(session: Session, values: Mapping[str, Any]) -> JobRun | None:
    cluster, token = values["virtualClusterId"], values.get("clientToken")
    if token is None:
        return None  # rights are asked before the request is found to lack it
    return session.scalar(select(JobRun).where(JobRun.virtual_cluster_id == cluster, JobRun.client_token == token))


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
    """Returns the reason why the PENDING ones of `rows`, all of one virtual cluster, wait."""
    pending = next((row for row in rows if row.state == "PENDING"), None)
    cluster = None if pending is None else session.get(VirtualCluster, pending.virtual_cluster_id)
    return None if cluster is None else why_waiting(session, cluster)


def _shown(context: Context, row: JobRun, *, waiting_reason: str | None) -> dict[str, Any]:
    # The row's own details, such as why an attempt failed, tell more than why it waits.
    details = row.state_details or (waiting_reason if row.state == "PENDING" else None)
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
