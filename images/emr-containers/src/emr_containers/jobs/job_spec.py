"""The specification of a job run: the request and its template, merged and checked. Pure."""

import shlex
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from emr_containers.api.model import input_member
from emr_containers.api.validation import validate
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.tags import check_tags
from emr_containers.jobs.template_parameters import MOST_CHARACTERS, fill, fill_member, texts_in
from emr_containers.settings import Release

_FROM_TEMPLATE = ("executionRoleArn", "releaseLabel", "jobDriver")
_PARAMETERS = {"sparkSubmitJobDriver": "sparkSubmitParameters", "sparkSqlJobDriver": "sparkSqlParameters"}
_MOST_ATTEMPTS = 100


class JobSpec(TypedDict, total=False):
    """The members of StartJobRun that define a job, named as in the model, with all parameters filled in."""

    executionRoleArn: str
    releaseLabel: str
    jobDriver: dict[str, Any]
    configurationOverrides: dict[str, Any]
    retryPolicyConfiguration: dict[str, int]


def build_spec(
    request: Mapping[str, Any], *, template: Mapping[str, Any] | None, releases: Mapping[str, Release]
) -> JobSpec:
    """Returns the job that `request` asks for.

    Args:
        request: members of StartJobRun, valid under the model.
        template: `jobTemplateData` of the request's template; None if it names none.
        releases: the runtimes that this server offers.

    Raises:
        ValidationException: something is missing, contradicts the template, or is not offered here.
    """
    if template is None:
        if "jobTemplateParameters" in request:
            raise ValidationException("jobTemplateParameters need a jobTemplateId.")
        job: dict[str, Any] = {key: request[key] for key in _FROM_TEMPLATE if key in request}
        overrides = request.get("configurationOverrides", {})
    else:
        # A template exists to enforce these values (AWS, "Using job templates").
        twice = [key for key in _FROM_TEMPLATE if key in request]
        if twice:
            raise ValidationException(f"{', '.join(twice)} cannot be used with jobTemplateId; the template sets it.")
        job = fill(template, request.get("jobTemplateParameters", {}))
        overrides = merge_overrides(job.get("configurationOverrides", {}), request.get("configurationOverrides", {}))
    missing = [key for key in _FROM_TEMPLATE if key not in job]
    if missing:
        raise ValidationException(f"{', '.join(missing)} must be given, or a jobTemplateId that has them.")
    spec = JobSpec(
        executionRoleArn=job["executionRoleArn"],
        releaseLabel=job["releaseLabel"],
        jobDriver=job["jobDriver"],
        configurationOverrides=overrides,
    )
    # A template with its parameters filled in must be as valid as a request that gives the same values itself.
    for member in ("executionRoleArn", "releaseLabel", "jobDriver", "configurationOverrides"):
        validate(input_member("StartJobRun", member), spec[member], place=member)
    # Each may be within its limits, and the sum of template and request is not.
    if sum(map(len, texts_in(spec))) > MOST_CHARACTERS:
        raise ValidationException(
            f"The job has more than {MOST_CHARACTERS} characters with what its template says; give long values by a "
            "file that the job reads."
        )
    check_driver(spec["jobDriver"])
    _check_release(spec["releaseLabel"], releases)
    if "retryPolicyConfiguration" in request:
        spec["retryPolicyConfiguration"] = _retry_policy(request["retryPolicyConfiguration"])
    return spec


def run_tags(request: Mapping[str, Any], *, template: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns the job run's tags: the request's win over the template's, whose parameters are filled in.

    Raises:
        ValidationException: there are more than a resource may have, or one is not a valid tag.
    """
    tags: dict[str, str] = dict(request.get("tags", {}))
    if template is not None and "jobTags" in template:
        tags = {**fill_member(template, request.get("jobTemplateParameters", {}), "jobTags"), **tags}
    validate(input_member("StartJobRun", "tags"), tags, place="tags")
    check_tags(tags)
    return tags


def check_driver(driver: Mapping[str, Any]) -> None:
    """Checks that the job driver is one that can be started.

    Raises:
        ValidationException: there is not exactly one driver, or it has no entry point, or its parameters cannot be
            split into words.
    """
    if len(driver) != 1:
        raise ValidationException("Exactly one job driver must be given: sparkSubmitJobDriver or sparkSqlJobDriver.")
    name = next(iter(driver))
    # The model requires it for only one of the two drivers.
    if "entryPoint" not in driver[name]:
        raise ValidationException(f"{name} must have an entryPoint: the script to run.")
    parameters = _PARAMETERS[name]
    try:
        shlex.split(driver[name].get(parameters, ""))
    except ValueError as error:
        raise ValidationException(f"{parameters} cannot be split into words: {error}.") from error


def merge_overrides(template: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a template's configurationOverrides with the request's on top.

    Each monitoring member of the request replaces the template's. Configurations of the same classification are merged,
    with their nested ones, and the request's properties win. The reasons are in docs/decisions/
    2026-11-25-configuration-overrides-and-templates.md.
    """
    merged: dict[str, Any] = {}
    monitoring = {**template.get("monitoringConfiguration", {}), **request.get("monitoringConfiguration", {})}
    if monitoring:
        merged["monitoringConfiguration"] = monitoring
    configurations = _merge_configurations(
        [*template.get("applicationConfiguration", []), *request.get("applicationConfiguration", [])]
    )
    if configurations:
        merged["applicationConfiguration"] = configurations
    return merged


def _merge_configurations(configurations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for configuration in configurations:
        known = merged.setdefault(configuration["classification"], {"classification": configuration["classification"]})
        if "properties" in configuration:
            known["properties"] = {**known.get("properties", {}), **configuration["properties"]}
        if "configurations" in configuration:
            known["configurations"] = _merge_configurations(
                [*known.get("configurations", []), *configuration["configurations"]]
            )
    return list(merged.values())


def _check_release(label: str, releases: Mapping[str, Release]) -> None:
    if label not in releases:
        raise ValidationException(
            f"The release label {label!r} is not offered by this server; it offers {', '.join(sorted(releases))}."
        )


def _retry_policy(policy: Mapping[str, int]) -> dict[str, int]:
    if not 1 <= policy["maxAttempts"] <= _MOST_ATTEMPTS:
        raise ValidationException(
            f"retryPolicyConfiguration.maxAttempts is {policy['maxAttempts']}; it must be from 1 to {_MOST_ATTEMPTS}."
        )
    return dict(policy)
