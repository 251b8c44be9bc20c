"""Tags of a virtual cluster or a job run, by its ARN: ListTagsForResource, TagResource, UntagResource.

The model's pattern of ARNs lets no job template through here; its tags are those it was created with.
"""

import re
from typing import Any

from sqlalchemy.orm import Session

from emr_containers.database import JobRun, Resource, VirtualCluster
from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.operations.context import Context

_MOST_TAGS = 50
_TABLES: tuple[tuple[re.Pattern[str], type[JobRun] | type[VirtualCluster]], ...] = (
    (re.compile(r":/virtualclusters/[0-9a-z]+/jobruns/([0-9a-z]+)$"), JobRun),
    (re.compile(r":/virtualclusters/([0-9a-z]+)$"), VirtualCluster),
)


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    with context.database.read() as session:
        return {"tags": _find(session, values["resourceArn"]).tags}


def add(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """TagResource: at most 50 tags a resource."""
    with context.database.write() as session:
        row = _find(session, values["resourceArn"])
        tags = {**row.tags, **values["tags"]}
        if len(tags) > _MOST_TAGS:
            raise ValidationException(f"{values['resourceArn']} would have {len(tags)} tags; at most {_MOST_TAGS} fit.")
        row.tags = tags
    return {}


def remove(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """UntagResource: keys that the resource does not have are passed over."""
    with context.database.write() as session:
        row = _find(session, values["resourceArn"])
        row.tags = {key: value for key, value in row.tags.items() if key not in values["tagKeys"]}
    return {}


def _find(session: Session, arn: str) -> Resource:
    for pattern, table in _TABLES:
        if match := pattern.search(arn):
            row = session.get(table, match[1])
            if isinstance(row, Resource):
                return row
    raise ResourceNotFoundException(f"There is no resource with the ARN {arn!r}.")
