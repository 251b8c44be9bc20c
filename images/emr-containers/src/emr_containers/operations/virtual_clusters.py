"""Virtual clusters: Create-, Describe-, List-, Update- and DeleteVirtualCluster."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emr_containers.dispatch.start_order import QUEUED, counts_by_state
from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.jobs.identifiers import new_id, virtual_cluster_arn
from emr_containers.jobs.tags import check_tags
from emr_containers.operations import security_configurations
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.store.tables import FINISHED, JobRun, VirtualCluster, namespace_of

_REMEMBERED = 100
"""The number of client tokens of updates that are stored; a client repeats a request within minutes."""


def create(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CreateVirtualCluster: a namespace has at most one RUNNING virtual cluster, as at AWS."""
    provider = values["containerProvider"]
    # The server does neither; accepting them silently would be worse than refusing.
    if values.get("sessionEnabled"):
        raise ValidationException("This server only runs job runs, no interactive sessions: leave sessionEnabled out.")
    if "nodeLabel" in provider.get("info", {}).get("eksInfo", {}):
        raise ValidationException(
            "This server does not choose nodes by nodeLabel: leave it out, and put a nodeSelector into the pod "
            "templates of the release."
        )
    check_tags(values.get("tags", {}))
    namespace = namespace_of(provider)
    with context.database.write() as session:
        found = session.scalar(select(VirtualCluster).where(VirtualCluster.client_token == values["clientToken"]))
        if found is not None:
            check_repetition(found, values)
            return _reference(context, found)
        if "securityConfigurationId" in values:
            security_configurations.check_offered(
                security_configurations.find(session, values["securityConfigurationId"])
            )
        for other in session.scalars(select(VirtualCluster).where(VirtualCluster.state == "RUNNING")):
            if (other.container_provider["id"], other.namespace) == (provider["id"], namespace):
                raise ValidationException(
                    f"The virtual cluster {other.id!r} already uses the namespace {namespace!r} of the cluster "
                    f"{provider['id']!r}; use that one, or delete it first."
                )
        row = VirtualCluster(
            id=new_id(),
            name=values["name"],
            client_token=values["clientToken"],
            request_digest=digest(values),
            created_at=context.now(),
            created_by=context.caller,
            tags=values.get("tags", {}),
            state="RUNNING",
            container_provider=provider,
            security_configuration_id=values.get("securityConfigurationId"),
        )
        _limit(row, values.get("schedulerConfiguration", {}))
        session.add(row)
    return _reference(context, row)


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeVirtualCluster."""
    with context.database.read() as session:
        row = find(session, values["id"])
        return {"virtualCluster": _shown(context, row, dict(counts_by_state(session, [row.id]))[row.id])}


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListVirtualClusters, by provider, states and time."""
    query = select(VirtualCluster)
    if "states" in values:
        query = query.where(VirtualCluster.state.in_(values["states"]))
    if "containerProviderId" in values:
        query = query.where(VirtualCluster.container_provider["id"].as_string() == values["containerProviderId"])
    if "containerProviderType" in values:
        query = query.where(VirtualCluster.container_provider["type"].as_string() == values["containerProviderType"])
    with context.database.read() as session:
        rows, token = page(session, query, VirtualCluster, values)
        counts = dict(counts_by_state(session, [row.id for row in rows]))
    return {"virtualClusters": [_shown(context, row, counts[row.id]) for row in rows], "nextToken": token}


def update(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """UpdateVirtualCluster: the new schedulerConfiguration replaces the old one.

    A request that repeats a client token changes nothing, whatever it asks for (the model, `clientToken`).
    """
    with context.database.write() as session:
        row = find(session, values["id"])
        if row.state != "RUNNING":
            raise ValidationException(f"Virtual cluster {row.id!r} is {row.state}, not RUNNING.")
        tokens = row.update_tokens or []
        if values["clientToken"] not in tokens:
            row.update_tokens = [*tokens, values["clientToken"]][-_REMEMBERED:]
            if "schedulerConfiguration" in values:
                _limit(row, values["schedulerConfiguration"])
        shown = _shown(context, row, dict(counts_by_state(session, [row.id]))[row.id])
    context.wake()  # places may have become free
    return {"virtualCluster": shown}


def delete(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DeleteVirtualCluster: refused while the virtual cluster has unfinished job runs."""
    with context.database.write() as session:
        row = session.get(VirtualCluster, values["id"])
        if row is None:
            raise ValidationException(_unknown(values["id"]))
        active = session.scalar(
            select(JobRun.id).where(JobRun.virtual_cluster_id == row.id, JobRun.state.not_in(FINISHED)).limit(1)
        )
        if active is not None:
            raise ValidationException(
                f"The virtual cluster {row.id!r} has unfinished job runs ({active!r} is one); cancel them first."
            )
        row.state = "TERMINATED"
    return {"id": row.id}


def find(session: Session, identifier: str) -> VirtualCluster:
    """Returns the virtual cluster with this ID.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(VirtualCluster, identifier)
    if row is None:
        raise missing_error(identifier)
    return row


def missing_error(identifier: str) -> ResourceNotFoundException:
    """Returns the error for a virtual cluster that does not exist."""
    return ResourceNotFoundException(_unknown(identifier))


def _unknown(identifier: str) -> str:
    return f"Virtual cluster {identifier!r} does not exist; ListVirtualClusters shows those that do."


def _arn(context: Context, row: VirtualCluster) -> str:
    return virtual_cluster_arn(region=context.settings.region, account=context.settings.account_id, cluster=row.id)


def _reference(context: Context, row: VirtualCluster) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "arn": _arn(context, row)}


def _limit(row: VirtualCluster, configuration: dict[str, int]) -> None:
    row.max_concurrent_job_runs = configuration.get("maxConcurrentJobRuns")
    row.max_in_queue_job_runs = configuration.get("maxInQueueJobRuns")


def _shown(context: Context, row: VirtualCluster, counts: dict[str, int]) -> dict[str, Any]:
    limits = {
        "maxConcurrentJobRuns": row.max_concurrent_job_runs,
        "maxInQueueJobRuns": row.max_in_queue_job_runs,
    }
    return {
        **_reference(context, row),
        "state": row.state,
        "containerProvider": row.container_provider,
        "createdAt": moment(row.created_at),
        "tags": row.tags,
        "securityConfigurationId": row.security_configuration_id,
        "schedulerConfiguration": limits if any(limits.values()) else None,
        "schedulerStatus": {
            "currentInQueueJobRuns": sum(counts.get(state, 0) for state in QUEUED),
            "currentConcurrentJobRuns": counts.get("RUNNING", 0),
        },
    }
