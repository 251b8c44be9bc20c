"""Job templates: CreateJobTemplate, DescribeJobTemplate, ListJobTemplates, DeleteJobTemplate.

A job template never changes.
"""

from typing import Any

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.jobs.identifiers import job_template_arn, new_id
from emr_containers.jobs.job_spec import check_driver
from emr_containers.jobs.overrides import check_overrides_tag
from emr_containers.jobs.tags import check_tags
from emr_containers.jobs.template_parameters import check_template
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.store.tables import JobTemplate

_LARGE = 16 * 1024
"""Characters of a template's JSON from which on filling its parameters takes many milliseconds."""


def create(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CreateJobTemplate."""
    if "kmsKeyArn" in values:
        raise ValidationException("This server has no KMS: leave kmsKeyArn out.")
    check_driver(values["jobTemplateData"]["jobDriver"])
    check_template(values["jobTemplateData"])
    check_overrides_tag(values.get("tags", {}))
    check_tags([*values.get("tags", {}), *values["jobTemplateData"].get("jobTags", {})])
    with context.database.write() as session:
        found = session.scalar(select(JobTemplate).where(JobTemplate.client_token == values["clientToken"]))
        if found is not None:
            check_repetition(found, values)
            return _reference(context, found)
        row = JobTemplate(
            id=new_id(),
            name=values["name"],
            client_token=values["clientToken"],
            request_digest=digest(values),
            created_at=context.now(),
            created_by=context.caller,
            tags=values.get("tags", {}),
            data=values["jobTemplateData"],
        )
        session.add(row)
    return _reference(context, row)


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeJobTemplate."""
    with context.database.read() as session:
        return {"jobTemplate": _shown(context, find(session, values["id"]))}


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListJobTemplates, by time, and by the member `name`, which AWS does not have."""
    query = select(JobTemplate)
    if "name" in values:
        query = query.where(JobTemplate.name == values["name"])
    with context.database.read() as session:
        rows, token = page(session, query, JobTemplate, values)
    return {"templates": [_shown(context, row) for row in rows], "nextToken": token}


def delete(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DeleteJobTemplate: job runs that were started from the template go on."""
    with context.database.write() as session:
        row = session.get(JobTemplate, values["id"])
        if row is None:
            raise ValidationException(_unknown(values["id"]))
        session.delete(row)
    return {"id": row.id}


def find(session: Session, identifier: str) -> JobTemplate:
    """Returns the job template with this ID.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(JobTemplate, identifier)
    if row is None:
        raise ResourceNotFoundException(_unknown(identifier))
    return row


def is_large(session: Session, identifier: str) -> bool:
    """Returns True if a job run from the template with this ID is much work; False also if there is none."""
    size = session.scalar(select(func.length(cast(JobTemplate.data, Text))).where(JobTemplate.id == identifier))
    return size is not None and bool(size > _LARGE)


def _unknown(identifier: str) -> str:
    return f"Job template {identifier!r} does not exist; ListJobTemplates shows those that do."


def _reference(context: Context, row: JobTemplate) -> dict[str, Any]:
    arn = job_template_arn(region=context.settings.region, account=context.settings.account_id, template=row.id)
    return {"id": row.id, "name": row.name, "arn": arn, "createdAt": moment(row.created_at)}


def _shown(context: Context, row: JobTemplate) -> dict[str, Any]:
    return {
        **_reference(context, row),
        "createdBy": row.created_by,
        "tags": row.tags,
        "jobTemplateData": row.data,
    }
