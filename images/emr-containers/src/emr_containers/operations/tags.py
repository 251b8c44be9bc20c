"""Tags of a virtual cluster or a job run, by its ARN: ListTagsForResource, TagResource, UntagResource.

The model's pattern of ARNs does not accept a job template; it keeps the tags that it was created with.
"""

import re
from typing import Any

from sqlalchemy.orm import Session

from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.jobs.identifiers import job_run_arn, virtual_cluster_arn
from emr_containers.jobs.tags import MOST_TAGS, check_tags
from emr_containers.operations.context import Context
from emr_containers.store.tables import JobRun, Resource, VirtualCluster

_TABLES: tuple[tuple[re.Pattern[str], type[JobRun] | type[VirtualCluster]], ...] = (
    (re.compile(r":/virtualclusters/[0-9a-z]+/jobruns/([0-9a-z]+)$"), JobRun),
    (re.compile(r":/virtualclusters/([0-9a-z]+)$"), VirtualCluster),
)


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    with context.database.read() as session:
        return {"tags": _find(context, session, values["resourceArn"]).tags}


def add(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """TagResource: a resource has at most 50 tags."""
    check_tags(values["tags"])
    with context.database.write() as session:
        row = _find(context, session, values["resourceArn"])
        tags = {**row.tags, **values["tags"]}
        if len(tags) > MOST_TAGS:
            raise ValidationException(
                f"{values['resourceArn']} would have {len(tags)} tags; it may have at most {MOST_TAGS}."
            )
        row.tags = tags
    return {}


def remove(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """UntagResource: keys that the resource does not have are ignored."""
    check_tags(values["tagKeys"])
    with context.database.write() as session:
        row = _find(context, session, values["resourceArn"])
        row.tags = {key: value for key, value in row.tags.items() if key not in values["tagKeys"]}
    return {}


def _find(context: Context, session: Session, arn: str) -> Resource:
    for pattern, table in _TABLES:
        if match := pattern.search(arn):
            row = session.get(table, match[1])
            # An ARN of another account, region or virtual cluster names another resource.
            if isinstance(row, JobRun | VirtualCluster) and _arn(context, row) == arn:
                return row
    raise ResourceNotFoundException(f"There is no resource with the ARN {arn!r}.")


def _arn(context: Context, row: JobRun | VirtualCluster) -> str:
    place = {"region": context.settings.region, "account": context.settings.account_id}
    if isinstance(row, JobRun):
        return job_run_arn(cluster=row.virtual_cluster_id, job_run=row.id, **place)
    return virtual_cluster_arn(cluster=row.id, **place)
