"""The policies file: what each access key may do, as JSON in IAM's own policy language.

    {"ACCESSKEY": {"Version": "2012-10-17", "Statement": [
      {"Effect": "Allow", "Action": "emr-containers:Describe*", "Resource": "*"},
      {"Effect": "Allow", "Action": "emr-containers:StartJobRun",
       "Resource": "arn:aws:emr-containers:*:*:/virtualclusters/ID",
       "Condition": {"ArnLike": {"emr-containers:JobTemplateArn": "arn:aws:emr-containers:*:*:/jobtemplates/*"}}}]}}

The file may use the part of the language that `rights` evaluates. NotAction, NotResource, Principal and other
services' actions are refused, and so is anything that IAM itself would refuse, or that can never match here
(`unmatched`): a misspelled Deny would deny nothing.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from emr_containers.access.rights import (
    OPERATORS,
    OVERRIDE_KEY,
    ROLE_KEY,
    TAG_KEY,
    TEMPLATE_KEY,
    Condition,
    Policy,
    Statement,
    fits,
)
from emr_containers.access.unmatched import Arns, unmatched
from emr_containers.api.model import SERVICE, operations
from emr_containers.exceptions import ConfigurationError

_STATEMENT = {"Sid", "Effect", "Action", "Resource", "Condition"}
_ACTIONS = tuple(f"{SERVICE}:{operation.name}".lower() for operation in operations())


def load_policies(path: Path, *, keys: Iterable[str], region: str, account: str) -> dict[str, Policy]:
    """Returns the policies in the file `path`, by access key.

    Args:
        keys: the access keys that the server accepts.
        region, account: those of this server's ARNs.

    Raises:
        ConfigurationError: the file cannot be read, a policy in it is not valid or can never match, or it names an
            unknown access key.
    """
    name = f"The policies file {str(path)!r}"
    try:
        document = json.loads(path.read_bytes(), object_pairs_hook=_object)
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise ConfigurationError(f"{name} must be an object of policies by access key.")
    unknown = sorted(document.keys() - set(keys))
    if unknown:
        raise ConfigurationError(
            f"{name} has a policy for the access key {unknown[0]!r}, which is not one of the server's keys: correct "
            "it or leave it out."
        )
    try:
        arns = Arns(region=region, account=account)
        return {key: _policy(policy, f"the policy of {key!r}", arns) for key, policy in document.items()}
    except _PolicyError as error:
        raise ConfigurationError(f"{name}: {error}.") from error


class _PolicyError(Exception):
    """A mistake in a policy, with its place. The caller raises a ConfigurationError that also names the file."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Python would silently take the last of two; the user may well mean the first.
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"one of the names {sorted(found)} appears twice")
    return found


def _policy(policy: Any, place: str, arns: Arns) -> Policy:
    if not isinstance(policy, dict) or not {"Statement"} <= policy.keys() <= {"Version", "Id", "Statement"}:
        raise _PolicyError(f"{place} must be an object with Version and Statement, and Id where wanted")
    if policy.get("Version") != "2012-10-17":
        raise _PolicyError(f"{place} must have the Version '2012-10-17'")
    statements = policy["Statement"]
    if not isinstance(statements, list):
        statements = [statements]
    places = {f"statement {number} of {place}": statement for number, statement in enumerate(statements, start=1)}
    return tuple(_matching(_statement(statement, where), where, arns) for where, statement in places.items())


def _matching(statement: Statement, place: str, arns: Arns) -> Statement:
    for fault in unmatched(statement, arns):
        raise _PolicyError(f"{place} {fault}")
    return statement


def _statement(statement: Any, place: str) -> Statement:
    if not isinstance(statement, dict) or not {"Effect", "Action", "Resource"} <= statement.keys() <= _STATEMENT:
        raise _PolicyError(
            f"{place} must have Effect, Action and Resource, and may have Sid and Condition; nothing else"
        )
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(isinstance(keys, dict) for keys in conditions.values()):
        raise _PolicyError(f"{place} has a Condition that is not operators, each with its keys and values")
    return Statement(
        effect=_effect(statement["Effect"], place),
        actions=tuple(_action(text, place) for text in _texts(statement["Action"], f"Action in {place}")),
        resources=tuple(_resource(text, place) for text in _texts(statement["Resource"], f"Resource in {place}")),
        conditions=tuple(
            _condition(operator, key, values, place)
            for operator, keys in conditions.items()
            for key, values in keys.items()
        ),
    )


def _effect(effect: Any, place: str) -> Literal["Allow", "Deny"]:
    if effect == "Allow":
        return "Allow"
    if effect == "Deny":
        return "Deny"
    raise _PolicyError(f"{place} has the Effect {effect!r}; use 'Allow' or 'Deny'")


def _action(action: str, place: str) -> str:
    if action != "*" and not any(fits(action.lower(), known) for known in _ACTIONS):
        raise _PolicyError(
            f"{place} has the Action {action!r}, which no operation has; use one like '{SERVICE}:StartJobRun'"
        )
    return action


def _resource(resource: str, place: str) -> str:
    if resource != "*":
        _check_arn(resource, f"{place} has the Resource")
    return resource


def _condition(operator: str, key: str, values: Any, place: str) -> Condition:
    if operator not in OPERATORS:
        raise _PolicyError(f"{place} has the condition operator {operator!r}; it may be {', '.join(sorted(OPERATORS))}")
    known = _canonical(key)
    if known is None:
        raise _PolicyError(
            f"{place} has the condition key {key!r}; it may be {TEMPLATE_KEY}, {ROLE_KEY} or {TAG_KEY}NAME, "
            f"or {OVERRIDE_KEY}"
        )
    texts = _texts(values, f"{operator} of {key} in {place}")
    if operator.startswith("Arn"):
        for text in texts:
            _check_arn(text, f"{operator} of {key} in {place} has")
    return Condition(operator=operator, key=known, values=texts)


def _canonical(key: str) -> str | None:
    # The names of condition keys ignore case; the names of tags do not.
    if key.lower().startswith(TAG_KEY.lower()) and len(key) > len(TAG_KEY):
        return TAG_KEY + key[len(TAG_KEY) :]
    by_name: Mapping[str, str] = {known.lower(): known for known in (TEMPLATE_KEY, ROLE_KEY, OVERRIDE_KEY)}
    return by_name.get(key.lower())


def _check_arn(arn: str, subject: str) -> None:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        raise _PolicyError(
            f"{subject} {arn!r}; use '*' or an ARN of six parts like 'arn:aws:{SERVICE}:*:*:/virtualclusters/*'"
        )


def _texts(value: Any, place: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise _PolicyError(f"{place} must be a text, or a list of texts, none of them empty")
    return tuple(texts)
