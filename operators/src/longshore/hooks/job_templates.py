"""Job templates, as the EMR Containers API has them."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from longshore.exceptions import TemplateNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobTemplateTypeDef

    from longshore.hooks.emr_containers import EmrContainersHook

_ID = re.compile(r"(?=.*[0-9])[0-9a-z]{19,64}")
"""AWS's ids begin with zeros; a name of small letters alone is none."""


def template_names(hook: "EmrContainersHook") -> list[str]:
    """Returns the names of all job templates, each once. Raises ApiError."""
    return sorted({template.get("name", "") for template in _listed(hook)})


def template_id(hook: "EmrContainersHook", name_or_id: str) -> str:
    """Returns the id of a job template: `name_or_id` itself if it has an id's form, else the newest of that name.

    Raises:
        TemplateNotFoundError: naming the templates that there are.
        ApiError: they cannot be listed.
    """
    if _ID.fullmatch(name_or_id):
        return name_or_id
    named = [template for template in _listed(hook, name_or_id) if template.get("name") == name_or_id]
    if not named:
        names = template_names(hook)
        shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "") or "none at all"
        raise TemplateNotFoundError(
            f"No job template is named {name_or_id!r} at {hook.endpoint}. There are: {shown}. Create it with "
            "`longshore templates apply`, or correct job_template_id."
        )
    return max(named, key=lambda template: (template["createdAt"], template["id"]))["id"]


def template_data(hook: "EmrContainersHook", template_id: str) -> Mapping[str, Any]:
    """Returns the `jobTemplateData` of the job template with this id. Raises ApiError."""
    with hook.translating(f"read the job template {template_id!r}, to compare its configuration with the task's"):
        return hook.client.describe_job_template(id=template_id)["jobTemplate"]["jobTemplateData"]


def _listed(hook: "EmrContainersHook", name: str | None = None) -> "list[JobTemplateTypeDef]":
    """Returns all job templates; of our server only those with the name, if one is given.

    AWS's ListJobTemplates has no such member, and ignores those that it does not know.
    """
    client = hook.client

    def add_name(params: dict[str, Any], **_: Any) -> None:
        separator = "&" if "?" in params["url"] else "?"
        params["url"] += separator + urlencode({"name": name})

    event = "before-call.emr-containers.ListJobTemplates"
    ours = name is not None and hook.settings.endpoint_url is not None
    if ours:
        client.meta.events.register(event, add_name)
    try:
        with hook.translating(f"look for the job template {name!r}" if name else "list the job templates"):
            pages = client.get_paginator("list_job_templates").paginate()
            return [template for page in pages for template in page.get("templates", [])]
    finally:
        if ours:
            client.meta.events.unregister(event, add_name)
