"""Rights of a start that only its template's content tells: overrides, the template's tags, the place of the logs."""

from collections.abc import Mapping
from typing import Any

from emr_containers.access.rights import ROLE_KEY, TAG_KEY, TEMPLATE_KEY, Permission
from emr_containers.access.template_starts import check_overrides, check_tagged_start
from emr_containers.api.model import SERVICE
from emr_containers.jobs.identifiers import job_template_arn, virtual_cluster_arn
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.jobs.overrides import named_overrides
from emr_containers.operations.context import Context
from emr_containers.operations.log_prefixes import check_log_uri
from emr_containers.store.tables import JobTemplate


def check_start(
    context: Context,
    values: Mapping[str, Any],
    *,
    spec: JobSpec,
    tags: Mapping[str, str],
    template: JobTemplate | None,
) -> None:
    """Checks that the caller may start this very job run; the operation itself was allowed before.

    Args:
        values: the request's members, valid under the model.
        spec: the run's, as request and template make it.
        tags: the run's, as request and template make them.
        template: the request's.

    Raises:
        AccessDeniedException: it may not.
        ValidationException: the run's logUri cannot be read.
    """
    check_log_uri(
        context.settings,
        _log_uri(spec),
        confined=context.policy is not None,
        template_uri=None if template is None else _log_uri(template.data),
    )
    if context.policy is None:
        return
    place = {"region": context.settings.region, "account": context.settings.account_id}
    known = {ROLE_KEY: spec["executionRoleArn"]} | {f"{TAG_KEY}{key}": value for key, value in tags.items()}
    if template is not None:
        known[TEMPLATE_KEY] = job_template_arn(template=template.id, **place)
    start = Permission(
        action=f"{SERVICE}:StartJobRun",
        resource=virtual_cluster_arn(cluster=values["virtualClusterId"], **place),
        context=known,
    )
    if template is not None and template.data.get("jobTags"):
        check_tagged_start(context.policy, start, tags=tags, caller=context.caller)
    check_overrides(
        context.policy,
        start,
        overrides=named_overrides(values.get("configurationOverrides", {})),
        template=None if template is None else (template.id, template.tags),
        caller=context.caller,
    )


def _log_uri(job: Mapping[str, Any]) -> str | None:
    monitoring = job.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri")
    return str(uri) if uri else None
