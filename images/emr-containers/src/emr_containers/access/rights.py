"""IAM's evaluation of a policy, and the permissions that each operation needs. Pure.

Sources: AWS, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators" (IAM user guide); the
action, resource and condition keys of each operation: AWS, Service Authorization Reference, "Actions, resources,
and condition keys for Amazon EMR on EKS".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from emr_containers.api.model import SERVICE
from emr_containers.jobs.identifiers import job_template_arn

TEMPLATE_KEY = f"{SERVICE}:JobTemplateArn"
ROLE_KEY = f"{SERVICE}:ExecutionRoleArn"
TAG_KEY = "aws:RequestTag/"
OVERRIDE_KEY = "longshore:ConfigurationOverride"
"""The condition keys: the ARNs of a request's job template and execution role, its tags by key, and (our own) the name
of an override, see `template_starts`."""

Decision = Literal["allowed", "implicitly denied", "explicitly denied"]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One key of one operator. It is true when any of the values matches the request's value of the key."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement. It applies when the action, the resource and every condition match."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


Policy = tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A permission that a request needs. One request may need several."""

    action: str
    """For example `emr-containers:StartJobRun`."""
    resource: str
    """An ARN, or `*` where the action has no resource types."""
    context: Mapping[str, str] = field(default_factory=dict)
    """The request's values by condition key. A key that the request does not have is missing."""


def decide(policy: Policy, permission: Permission) -> Decision:
    """Returns the decision of `policy`: a Deny wins, and anything that no statement allows is denied."""
    effects = {statement.effect for statement in policy if _applies(statement, permission)}
    if "Deny" in effects:
        return "explicitly denied"
    return "allowed" if "Allow" in effects else "implicitly denied"


def some_allow(policy: Policy, permission: Permission) -> bool:
    """Returns True where a statement allows the permission's action on its resource under some condition."""
    return any(
        statement.effect == "Allow" and _names_action_and_resource(statement, permission) for statement in policy
    )


def denial_message(decision: Decision, permission: Permission, *, caller: str) -> str:
    """Returns the message of a refusal, in IAM's words.

    Args:
        caller: the caller's ARN.
    """
    why = (
        "with an explicit deny in an identity-based policy"
        if decision == "explicitly denied"
        else f"because no identity-based policy allows the {permission.action} action"
    )
    return f"User: {caller} is not authorized to perform: {permission.action} on resource: {permission.resource} {why}"


def required_permissions(
    operation: str,
    *,
    path: str,
    values: Mapping[str, Any],
    region: str,
    account: str,
    template_role: Callable[[], str],
) -> Iterator[Permission]:
    """Yields the permissions that a request for `operation` needs. Check each before you take the next.

    Args:
        path: the request's decoded path; it names the resource, as it does in AWS's ARNs.
        values: the request's members, valid under the model.
        region, account: those of this server's ARNs.
        template_role: returns the execution role of the request's job template with the request's parameters.
    """
    root = f"arn:aws:{SERVICE}:{region}:{account}:"
    action = f"{SERVICE}:{operation}"
    resource = values["resourceArn"] if "resourceArn" in values else _resource(path, root)
    tags = {f"{TAG_KEY}{key}": value for key, value in values.get("tags", {}).items()}
    if operation == "StartJobRun":
        context, roles = dict(tags), {values[name] for name in ("executionRoleArn",) if name in values}
        if "jobTemplateId" in values:
            template = job_template_arn(region=region, account=account, template=values["jobTemplateId"])
            # This one comes first, so that a caller who may not see the template learns nothing about it.
            yield Permission(action=f"{SERVICE}:DescribeJobTemplate", resource=template)
            context[TEMPLATE_KEY] = template
            roles.add(template_role())
        for role in sorted(roles) or [None]:
            yield Permission(action=action, resource=resource, context=context | ({ROLE_KEY: role} if role else {}))
    else:
        yield Permission(action=action, resource=resource, context=tags)
    if tags and operation != "TagResource":
        # Creating a resource with tags needs the right to tag; the resource has no ID yet.
        yield Permission(action=f"{SERVICE}:TagResource", resource=f"{root}{path}/*", context=tags)


def named_resource(operation: str, *, path: str, resource_arn: str | None, region: str, account: str) -> Permission:
    """Returns what a request for `operation` has to be allowed in any case, by its method and path alone.

    Args:
        path: the request's decoded path.
        resource_arn: its `resourceArn`, which is the resource where it has one.
        region, account: those of this server's ARNs.
    """
    resource = resource_arn or _resource(path, f"arn:aws:{SERVICE}:{region}:{account}:")
    return Permission(action=f"{SERVICE}:{operation}", resource=resource)


def _resource(path: str, root: str) -> str:
    # A path alternates names of collections and IDs. Where it ends with a collection (`/virtualclusters/ID/jobruns`),
    # the resource is the owner of the collection; a collection without an owner has no resource.
    parts = path.strip("/").split("/")
    named = parts[: len(parts) // 2 * 2]
    return f"{root}/{'/'.join(named)}" if named else "*"


def _applies(statement: Statement, permission: Permission) -> bool:
    return _names_action_and_resource(statement, permission) and all(
        _holds(condition, permission.context) for condition in statement.conditions
    )


def _names_action_and_resource(statement: Statement, permission: Permission) -> bool:
    return any(fits(pattern.lower(), permission.action.lower()) for pattern in statement.actions) and any(
        _is_resource(pattern, permission.resource) for pattern in statement.resources
    )


def _is_resource(pattern: str, resource: str) -> bool:
    return pattern == "*" or _arn_fits(pattern, resource)


def _holds(condition: Condition, context: Mapping[str, str]) -> bool:
    given = context.get(condition.key)
    compare, wanted = OPERATORS[condition.operator]
    # A missing key matches nothing, so a negated operator is true for it.
    return (given is not None and any(compare(value, given) for value in condition.values)) is wanted


def fits(pattern: str, text: str) -> bool:
    """Returns True if `text` matches `pattern`, where `*` stands for any text and `?` for any character."""
    return _compiled(pattern).fullmatch(text) is not None


def _arn_fits(pattern: str, arn: str) -> bool:
    # Each of the six parts is matched on its own: a `*` does not reach over a colon into the next part.
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(map(fits, patterns, parts))


def _equals(value: str, given: str) -> bool:
    return value == given


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(character) or re.escape(character) for character in pattern), re.DOTALL)


def _operators() -> Iterator[tuple[str, tuple[Callable[[str, str], bool], bool]]]:
    for kind, name, compare in (
        ("String", "Equals", _equals),
        ("String", "Like", fits),
        ("Arn", "Equals", _arn_fits),  # the same as ArnLike, says IAM
        ("Arn", "Like", _arn_fits),
    ):
        yield f"{kind}{name}", (compare, True)
        yield f"{kind}Not{name}", (compare, False)


OPERATORS: Mapping[str, tuple[Callable[[str, str], bool], bool]] = dict(_operators())
"""The condition operators: the comparison of a policy's value with the request's, and the result that it must have."""
