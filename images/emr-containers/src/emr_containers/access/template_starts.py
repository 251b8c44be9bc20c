"""Rights that a start needs beyond those of its operation: what its template's tags say, and its overrides. Pure.

They depend on the template's content, which `rights.required_permissions` does not know. A policy allows an override
only by an Allow that names the condition key `longshore:ConfigurationOverride`: one that allows StartJobRun as such
says nothing of overrides. A Deny with that key holds for any override, also for one that is allowed by default.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from emr_containers.access.rights import OVERRIDE_KEY, TAG_KEY, Permission, Policy, decide, denial_message
from emr_containers.api.model import SERVICE
from emr_containers.exceptions import AccessDeniedException
from emr_containers.jobs.overrides import OVERRIDES_TAG, is_allowed_by_tag, is_harmless
from emr_containers.jobs.split_places import EXPANSIONS


def check_tagged_start(policy: Policy, start: Permission, *, tags: Mapping[str, str], caller: str) -> None:
    """Checks the right to start a job run that its template tags.

    Args:
        start: the StartJobRun on a virtual cluster, with the run's tags in its context.
        tags: the run's: the template's `jobTags`, filled in, under the request's.
        caller: the caller's ARN.

    Raises:
        AccessDeniedException: the policy does not allow StartJobRun or TagResource with these tags.
    """
    context = {f"{TAG_KEY}{key}": value for key, value in tags.items()}
    tagging = Permission(action=f"{SERVICE}:TagResource", resource=f"{start.resource}/jobruns/*", context=context)
    for demand in (start, tagging):
        if (decision := decide(policy, demand)) != "allowed":
            message = denial_message(decision, demand, caller=caller)
            raise AccessDeniedException(f"{message}; the tags are the template's jobTags and the request's")


def check_overrides(
    policy: Policy,
    start: Permission,
    *,
    overrides: Iterable[tuple[str, str]],
    template: tuple[str, Mapping[str, str]] | None,
    caller: str,
) -> None:
    """Checks the right to override configuration.

    Args:
        start: the StartJobRun on a virtual cluster, with the run's tags in its context.
        overrides: names and values, as `named_overrides` gives them.
        template: the ID and the tags of the request's template. None where there is none: whoever may start any job
            has nothing to override.
        caller: the caller's ARN.

    Raises:
        AccessDeniedException: an override is denied, or neither default, template nor policy allows it, or only the
            template allows it and its value holds an expansion.
    """
    naming = tuple(
        statement
        for statement in policy
        if statement.effect == "Deny" or any(condition.key == OVERRIDE_KEY for condition in statement.conditions)
    )
    for name, value in overrides:
        decision = decide(naming, replace(start, context={**start.context, OVERRIDE_KEY: name}))
        if decision == "explicitly denied":
            raise AccessDeniedException(
                f"User: {caller} is not authorized to override {name[:200]!r}: a policy denies it by the condition key "
                f"{OVERRIDE_KEY}. Leave it out, or ask the server's operator."
            )
        if template is None or decision == "allowed" or is_harmless(name, value):
            continue
        identifier, tags = template
        if not is_allowed_by_tag(tags.get(OVERRIDES_TAG, ""), name):
            raise AccessDeniedException(
                f"User: {caller} is not authorized to override {name[:200]!r} of the job template {identifier!r}: "
                "allowed are plain values of resources, logging and tags. The template's owner can allow it by the "
                f"template's tag {OVERRIDES_TAG}, the server's operator by a policy with the condition key "
                f"{OVERRIDE_KEY}."
            )
        for mark in EXPANSIONS:
            if mark in value:
                raise AccessDeniedException(
                    f"User: {caller} is not authorized to override {name[:200]!r} of the job template {identifier!r} "
                    f"with a value that holds {mark!r}, which is expanded in the job. Write the value out, or ask the "
                    f"server's operator for a policy with the condition key {OVERRIDE_KEY}."
                )
