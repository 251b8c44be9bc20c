"""Checks a caller's policy before an operation, whether or not the named resource exists."""

from collections.abc import Mapping
from typing import Any

from emr_containers.access.rights import (
    decide,
    denial_message,
    named_resource,
    required_permissions,
    some_allow,
)
from emr_containers.exceptions import AccessDeniedException
from emr_containers.jobs.template_parameters import fill_member
from emr_containers.operations import job_runs, job_templates
from emr_containers.operations.context import Context


def refuse_hopeless(
    context: Context,
    *,
    operation: str,
    path: str,
    resource_arn: str | None,
) -> None:
    """Refuses a request that no body could make allowed, before its body is parsed.

    Args:
        resource_arn: the request's `resourceArn`, valid under the model; None where it has none.

    Raises:
        AccessDeniedException: no statement of the key's policy allows the operation on this resource.
    """
    if context.policy is None:
        return
    region, account = context.settings.region, context.settings.account_id
    permission = named_resource(operation, path=path, resource_arn=resource_arn, region=region, account=account)
    if not some_allow(context.policy, permission):
        raise AccessDeniedException(denial_message("implicitly denied", permission, caller=context.caller))


def authorize(
    context: Context,
    *,
    operation: str,
    path: str,
    values: Mapping[str, Any],
) -> None:
    """Checks that the caller's policy allows `operation`.

    A repeated StartJobRun needs the rights of the first one, and not that the job template is still there.

    Args:
        path: the request's decoded path.
        values: the request's members that rights ask about, valid under the model.

    Raises:
        AccessDeniedException: the policy does not allow it.
        ResourceNotFoundException, ValidationException: the caller may see the job template, and the template is
            missing or does not accept the request's parameters.
    """
    if context.policy is None:
        return

    def template_role() -> str:
        with context.database.read() as session:
            if (repeated := job_runs.find_repeated(session, values)) is not None:
                return str(repeated.spec["executionRoleArn"])  # whatever has become of the template
            data = job_templates.find(session, values["jobTemplateId"]).data
        return str(fill_member(data, values.get("jobTemplateParameters", {}), "executionRoleArn"))

    region, account = context.settings.region, context.settings.account_id
    for permission in required_permissions(
        operation, path=path, values=values, region=region, account=account, template_role=template_role
    ):
        decision = decide(context.policy, permission)
        if decision != "allowed":
            raise AccessDeniedException(denial_message(decision, permission, caller=context.caller))
