"""`longshore templates apply|list|show`: the job templates of the EMR Containers API."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import BotoCoreError, ClientError

from longshore_cli.exceptions import TemplateError
from longshore_cli.templates.files import DIGEST_TAG, TemplateFile, read_templates

if TYPE_CHECKING:
    from mypy_boto3_emr_containers import EMRContainersClient
    from mypy_boto3_emr_containers.type_defs import JobTemplateTypeDef


def apply(emr: "EMRContainersClient", folder: Path) -> Iterator[str]:
    """Creates new and changed templates. Yields a line for each: the action, the name and the ID.

    Raises:
        TemplateError: a file is invalid, the server refuses it, or cannot be reached. Earlier files stay applied.
    """
    templates = read_templates(folder)
    newest = newest_by_name(emr)
    for template in templates:
        there = newest.get(template.name)
        if there is not None and there.get("tags", {}).get(DIGEST_TAG) == template.digest:
            yield f"unchanged  {template.name}  {there['id']}"
            continue
        yield f"{'created' if there is None else 'replaced'}  {template.name}  {_create(emr, template)}"


def list_newest(emr: "EMRContainersClient") -> Iterator[str]:
    """Yields a line for each name: name, ID, creation time, parameters (`*` marks those without a default)."""
    for name, template in sorted(newest_by_name(emr).items()):
        parameters = template["jobTemplateData"].get("parameterConfiguration", {})
        shown = ", ".join(f"{key}{'' if 'defaultValue' in value else '*'}" for key, value in sorted(parameters.items()))
        yield f"{name}  {template['id']}  {template['createdAt']:%Y-%m-%d %H:%M:%S}  {shown}"


def show(emr: "EMRContainersClient", name: str) -> str:
    """Returns the newest template with this name, or the one with this ID, as YAML.

    Raises:
        TemplateError: it does not exist.
    """
    templates = _all(emr)
    found = [template for template in templates if name in (template["name"], template["id"])]
    if not found:
        known = ", ".join(sorted({template["name"] for template in templates})) or "none"
        raise TemplateError(f"There is no job template {name!r}. Known templates: {known}.")
    template: dict[str, Any] = dict(max(found, key=lambda each: each["createdAt"]))
    shown = {"id": template["id"], "arn": template["arn"], "name": template["name"]}
    shown |= {"tags": template.get("tags", {}), "jobTemplateData": template["jobTemplateData"]}
    return yaml.safe_dump(shown, sort_keys=False, allow_unicode=True)


def newest_by_name(emr: "EMRContainersClient") -> dict[str, "JobTemplateTypeDef"]:
    """Returns the newest template of each name."""
    newest: dict[str, JobTemplateTypeDef] = {}
    for template in _all(emr):
        known = newest.get(template["name"])
        if known is None or template["createdAt"] > known["createdAt"]:
            newest[template["name"]] = template
    return newest


def _all(emr: "EMRContainersClient") -> list["JobTemplateTypeDef"]:
    try:
        pages = emr.get_paginator("list_job_templates").paginate()
        return [template for page in pages for template in page["templates"]]
    except (BotoCoreError, ClientError) as error:
        raise TemplateError(f"The job templates cannot be listed: {error}") from error


def _create(emr: "EMRContainersClient", template: TemplateFile) -> str:
    try:
        created = emr.create_job_template(
            name=template.name,
            clientToken=uuid.uuid4().hex,
            jobTemplateData=template.data,  # type: ignore[arg-type]  # the server checks what the file holds
            tags=template.tags | {DIGEST_TAG: template.digest},
        )
    except (BotoCoreError, ClientError) as error:
        reason = "; ".join(str(error).splitlines())  # botocore reports several faults, one on each line
        raise TemplateError(f"The job template {str(template.path)!r} was refused: {reason}") from error
    return created["id"]
