"""Asks a caller's policy before an operation is done, whether what the request names exists or not."""

from collections.abc import Mapping
from typing import Any

from emr_containers.exceptions import AccessDeniedException
from emr_containers.operations import job_templates
from emr_containers.operations.context import Context
from emr_containers.rights import Policy, decide, demands, refusal
from emr_containers.template_parameters import fill


def authorize(
    context: Context,
    *,
    policies: Mapping[str, Policy] | None,
    access_key: str,
    operation: str,
    path: str,
    values: Mapping[str, Any],
) -> None:
    """Checks that `access_key` may have `operation` done.

    Args:
        policies: by access key; a key that has none may do nothing. None: every key may do everything.
        path: the request's decoded path.
        values: the request's members, valid under the model.

    Raises:
        AccessDeniedException: it may not.
        ResourceNotFoundException, ValidationException: the caller may see the job template, and the template is not
            there or does not take the request's parameters.
    """
    if policies is None:
        return

    def template_role() -> str:
        with context.database.read() as session:
            data = job_templates.find(session, values["jobTemplateId"]).data
        return str(fill(data, values.get("jobTemplateParameters", {}))["executionRoleArn"])

    policy = policies.get(access_key, ())
    region, account = context.settings.region, context.settings.account_id
    for demand in demands(
        operation, path=path, values=values, region=region, account=account, template_role=template_role
    ):
        decision = decide(policy, demand)
        if decision != "allowed":
            raise AccessDeniedException(refusal(decision, demand, caller=context.caller))
