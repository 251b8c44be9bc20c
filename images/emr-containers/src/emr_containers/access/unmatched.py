"""Finds what in a policy's statement can never match a request of this server: a Deny of it would deny nothing. Pure.

Resources, actions, conditions and their values are each checked for themselves, against the ARNs that this server
gives, the actions' resources and the conditions' keys. Two conditions that contradict each other are not looked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from emr_containers.access.arn_forms import (
    ID,
    NEW_ID,
    Form,
    arn_forms,
    literal,
    meets,
    meets_arn,
    meets_text,
    resource_forms,
    role_forms,
    some,
)
from emr_containers.access.rights import (
    OVERRIDE_KEY,
    ROLE_KEY,
    TAG_KEY,
    TEMPLATE_KEY,
    Condition,
    Statement,
    fits,
)
from emr_containers.api.model import SERVICE, Operation, operations
from emr_containers.jobs.overrides import CLASSIFICATIONS, MONITORING

_TAGGED = ("/virtualclusters/#", "/virtualclusters/#/jobruns/#", "/virtualclusters/#/endpoints/#")
_CREATED = (*_TAGGED, "/jobtemplates/#", "/securityconfigurations/#")
_LONGEST_KEY, _LONGEST_VALUE = 128, 256
"""Characters of a tag. Source: the model's TagMap."""


@dataclass(frozen=True, kw_only=True)
class Arns:
    """The parts of this server's ARNs that its settings give."""

    region: str
    account: str


def unmatched(statement: Statement, arns: Arns) -> Iterator[str]:
    """Yields what of the statement can never match, each as the end of a sentence that begins with its place."""
    for text in (*statement.resources, *(value for each in statement.conditions for value in each.values)):
        if "${" in text:
            yield f"has the policy variable in {text!r}, which this server does not fill in; write the value itself"
            return
    asked = [
        operation for operation in operations() if any(_is_action(action, operation) for action in statement.actions)
    ]
    for resource in statement.resources:
        if resource != "*" and not any(_has_resource(operation, resource, arns) for operation in asked):
            yield (
                f"has the Resource {resource!r}, which is none of its actions': they are asked for on "
                f"{_shown(asked, arns)}"
            )
    met = [each for each in asked if any(_has_resource(each, resource, arns) for resource in statement.resources)]
    for action in statement.actions:
        if action != "*" and not any(_is_action(action, operation) for operation in met):
            of_it = [operation for operation in asked if _is_action(action, operation)]
            yield f"has the Action {action!r}, which is asked for on {_shown(of_it, arns)}, none of its resources"
    for condition in statement.conditions:
        yield from _unmet(condition, met, arns)


def _unmet(condition: Condition, met: Sequence[Operation], arns: Arns) -> Iterator[str]:
    needs_key = "Not" not in condition.operator
    if needs_key and not any(_has_key(operation, condition.key) for operation in met):
        yield f"has the condition key {condition.key!r}, which none of its actions has"
    for value in condition.values:
        if not _can_fit(condition, value, arns):
            yield f"has {value!r} in {condition.operator} of {condition.key}, which no request can have"


def _can_fit(condition: Condition, value: str, arns: Arns) -> bool:
    wild = not condition.operator.endswith("Equals")
    if condition.key in (TEMPLATE_KEY, ROLE_KEY):
        templates = arn_forms(arns.region, arns.account, resource_forms(["/jobtemplates/#"]))
        forms = templates if condition.key == TEMPLATE_KEY else role_forms()
        if condition.operator.startswith("Arn"):
            return any(meets_arn(value, form) for form in forms)
        return any(meets_text(value, form, wild=wild) for form in forms)
    if condition.operator.startswith("Arn"):
        wild = True
    if condition.key == OVERRIDE_KEY:
        return any(meets(value, form, wild=wild) for form in _override_forms())
    tag = condition.key.removeprefix(TAG_KEY)
    least = len(value.replace("*", "")) if wild else len(value)
    return len(tag) <= _LONGEST_KEY and not tag.lower().startswith("aws:") and least <= _LONGEST_VALUE


def _override_forms() -> list[Form]:
    return [[*literal(f"{name}:"), *some(None)] for name in (*CLASSIFICATIONS, MONITORING)]


def _is_action(action: str, operation: Operation) -> bool:
    return fits(action.lower(), f"{SERVICE}:{operation.name}".lower())


def _has_key(operation: Operation, key: str) -> bool:
    if key.startswith(TAG_KEY):
        return "tags" in operation.input_shape.members
    return operation.name == "StartJobRun"


def _has_resource(operation: Operation, resource: str, arns: Arns) -> bool:
    if resource == "*":
        return True
    among = NEW_ID if operation.name == "TagResource" else ID
    forms = arn_forms(arns.region, arns.account, resource_forms(_paths(operation), among=among))
    return any(meets_arn(resource, form) for form in forms)


def _paths(operation: Operation) -> tuple[str, ...]:
    """Returns the last parts of the ARNs that the operation is asked for; none where that is `*` alone."""
    if operation.name == "TagResource":
        return _CREATED
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", "#", operation.path.pattern)
    if path.startswith("/tags/"):
        return _TAGGED
    # As in `rights`: a collection at the end is asked for on what it belongs to.
    parts = path.strip("/").split("/")
    named = parts[: len(parts) // 2 * 2]
    return (f"/{'/'.join(named)}",) if named else ()


def _shown(asked: Sequence[Operation], arns: Arns) -> str:
    paths = dict.fromkeys(path.replace("#", "ID") for operation in asked for path in _paths(operation))
    shown = [f"arn:aws:{SERVICE}:{arns.region}:{arns.account}:{path}" for path in paths]
    return " or ".join(["'*'", *map(repr, shown)])
