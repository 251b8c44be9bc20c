"""What an access key may do: IAM's evaluation of a policy, and what each operation asks it. Pure.

Sources: AWS, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators" (IAM user guide); which
action is asked on which resource with which condition keys: AWS, Service Authorization Reference, "Actions, resources,
and condition keys for Amazon EMR on EKS".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from emr_containers.api.model import SERVICE
from emr_containers.identifiers import job_template_arn

TEMPLATE_KEY = f"{SERVICE}:JobTemplateArn"
ROLE_KEY = f"{SERVICE}:ExecutionRoleArn"
TAG_KEY = "aws:RequestTag/"
"""The condition keys: the ARNs of a request's job template and execution role, and its tags by key."""

Decision = Literal["allowed", "implicitly denied", "explicitly denied"]


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One key of one operator: true when any value fits what the request has of the key."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One statement: it applies where action, resource and every condition fit."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()


Policy = tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a request needs to be allowed; one may need several."""

    action: str
    """Like `emr-containers:StartJobRun`."""
    resource: str
    """An ARN; `*` where the action has no resource types."""
    context: Mapping[str, str] = field(default_factory=dict)
    """Values by condition key; a key that the request does not have is not in it."""


def decide(policy: Policy, demand: Demand) -> Decision:
    """Whether `policy` allows `demand`: a Deny wins, and what nothing allows is denied."""
    effects = {statement.effect for statement in policy if _applies(statement, demand)}
    if "Deny" in effects:
        return "explicitly denied"
    return "allowed" if "Allow" in effects else "implicitly denied"


def refusal(decision: Decision, demand: Demand, *, caller: str) -> str:
    """The refusal in IAM's words.

    Args:
        caller: the caller's ARN.
    """
    why = (
        "with an explicit deny in an identity-based policy"
        if decision == "explicitly denied"
        else f"because no identity-based policy allows the {demand.action} action"
    )
    return f"User: {caller} is not authorized to perform: {demand.action} on resource: {demand.resource} {why}"


def demands(
    operation: str,
    *,
    path: str,
    values: Mapping[str, Any],
    region: str,
    account: str,
    template_role: Callable[[], str],
) -> Iterator[Demand]:
    """What a request for `operation` has to be allowed; each is to be asked before the next is made.

    Args:
        path: the request's decoded path; it names the resource, as it does in AWS's ARNs.
        values: the request's members, valid under the model.
        region, account: those of this server's ARNs.
        template_role: the execution role that the request's job template comes to with the request's parameters.
    """
    root = f"arn:aws:{SERVICE}:{region}:{account}:"
    action = f"{SERVICE}:{operation}"
    resource = values["resourceArn"] if "resourceArn" in values else _resource(path, root)
    tags = {f"{TAG_KEY}{key}": value for key, value in values.get("tags", {}).items()}
    if operation == "StartJobRun":
        context, roles = dict(tags), {values[name] for name in ("executionRoleArn",) if name in values}
        if "jobTemplateId" in values:
            template = job_template_arn(region=region, account=account, template=values["jobTemplateId"])
            # First: whoever may not see the template is told nothing of it.
            yield Demand(action=f"{SERVICE}:DescribeJobTemplate", resource=template)
            context[TEMPLATE_KEY] = template
            roles.add(template_role())
        for role in sorted(roles) or [None]:
            yield Demand(action=action, resource=resource, context=context | ({ROLE_KEY: role} if role else {}))
    else:
        yield Demand(action=action, resource=resource, context=tags)
    if tags and operation != "TagResource":
        # What is created with tags is tagged; it has no ID yet.
        yield Demand(action=f"{SERVICE}:TagResource", resource=f"{root}{path}/*", context=tags)


def _resource(path: str, root: str) -> str:
    # Names of collections and their members' IDs take turns: a collection at the end (`/virtualclusters/ID/jobruns`)
    # is asked for on what it belongs to, and one that belongs to nothing has no resource.
    parts = path.strip("/").split("/")
    named = parts[: len(parts) // 2 * 2]
    return f"{root}/{'/'.join(named)}" if named else "*"


def _applies(statement: Statement, demand: Demand) -> bool:
    return (
        any(fits(pattern.lower(), demand.action.lower()) for pattern in statement.actions)
        and any(_is_resource(pattern, demand.resource) for pattern in statement.resources)
        and all(_holds(condition, demand.context) for condition in statement.conditions)
    )


def _is_resource(pattern: str, resource: str) -> bool:
    return pattern == "*" or _arn_fits(pattern, resource)


def _holds(condition: Condition, context: Mapping[str, str]) -> bool:
    given = context.get(condition.key)
    compare, wanted = OPERATORS[condition.operator]
    # A key that the request does not have fits nothing; that is what a negated operator asks.
    return (given is not None and any(compare(value, given) for value in condition.values)) is wanted


def fits(pattern: str, text: str) -> bool:
    """Whether `text` is as `pattern` says, in which `*` stands for any text and `?` for any character."""
    return _compiled(pattern).fullmatch(text) is not None


def _arn_fits(pattern: str, arn: str) -> bool:
    # Each of the six parts for itself: a `*` does not reach over a colon into the next.
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
"""The condition operators: how a policy's value is compared with the request's, and what has to come of it."""
