"""Virtual clusters: CreateVirtualCluster, DescribeVirtualCluster, ListVirtualClusters, DeleteVirtualCluster."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emr_containers.database import FINISHED, JobRun, VirtualCluster, namespace_of
from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.identifiers import new_id, virtual_cluster_arn
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page

_NOT_OFFERED = {"securityConfigurationId", "sessionEnabled", "schedulerConfiguration"}
"""Accepted and not kept, a limit or a security setting would be worse than refused."""


def create(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CreateVirtualCluster: at most one RUNNING virtual cluster a namespace, as at AWS."""
    for member in _NOT_OFFERED & values.keys():
        raise ValidationException(f"This server does not do what {member} asks for: leave it out.")
    provider = values["containerProvider"]
    namespace = namespace_of(provider)
    with context.database.write() as session:
        found = session.scalar(select(VirtualCluster).where(VirtualCluster.client_token == values["clientToken"]))
        if found is not None:
            check_repetition(found, values)
            return _reference(context, found)
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
        )
        session.add(row)
    return _reference(context, row)


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeVirtualCluster."""
    with context.database.read() as session:
        return {"virtualCluster": _shown(context, find(session, values["id"]))}


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
    return {"virtualClusters": [_shown(context, row) for row in rows], "nextToken": token}


def delete(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DeleteVirtualCluster: refused while it has job runs that are not finished."""
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
    """The virtual cluster with this ID.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(VirtualCluster, identifier)
    if row is None:
        raise ResourceNotFoundException(_unknown(identifier))
    return row


def _unknown(identifier: str) -> str:
    return f"Virtual cluster {identifier!r} does not exist; ListVirtualClusters shows those that do."


def _arn(context: Context, row: VirtualCluster) -> str:
    return virtual_cluster_arn(region=context.settings.region, account=context.settings.account_id, cluster=row.id)


def _reference(context: Context, row: VirtualCluster) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "arn": _arn(context, row)}


def _shown(context: Context, row: VirtualCluster) -> dict[str, Any]:
    return {
        **_reference(context, row),
        "state": row.state,
        "containerProvider": row.container_provider,
        "createdAt": moment(row.created_at),
        "tags": row.tags,
    }
