"""Statements that can never match are found, by what of them cannot; every one that matches is let be."""

from typing import Any

import pytest
from emr_containers.access.rights import Condition, Permission, Statement, decide, required_permissions
from emr_containers.access.unmatched import Arns, unmatched
from emr_containers.api.model import SERVICE, operations
from hypothesis import given
from hypothesis import strategies as st

ARNS = Arns(region="us-east-1", account="000000000000")
ROOT = "arn:aws:emr-containers:us-east-1:000000000000:"
TEMPLATE_KEY, OVERRIDE_KEY = "emr-containers:JobTemplateArn", "longshore:ConfigurationOverride"


def statement(
    actions: str | list[str] = "*", resources: str | list[str] = "*", *conditions: tuple[str, str, str]
) -> Statement:
    named = [actions] if isinstance(actions, str) else actions
    return Statement(
        effect="Deny",
        actions=tuple(name if name == "*" else f"{SERVICE}:{name}" for name in named),
        resources=tuple([resources] if isinstance(resources, str) else resources),
        conditions=tuple(Condition(operator=o, key=k, values=(v,)) for o, k, v in conditions),
    )


def faults(*arguments: Any) -> list[str]:
    return list(unmatched(statement(*arguments), ARNS))


@pytest.mark.parametrize(
    ("resource", "actions"),
    [
        ("arn:aws:emr-containers:*:*:virtualclusters/*", "*"),
        ("arn:aws-cn:emr-containers:*:*:/virtualclusters/*", "*"),
        ("arn:aws:emr-containers:eu-west-1:*:/virtualclusters/*", "*"),
        ("arn:aws:emr-containers:*:111122223333:/virtualclusters/*", "*"),
        ("arn:aws:s3:::b", "*"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/PRODUCTION", "*"),
        ("arn:aws:emr-containers:*:*:/virtualcluster/*", "*"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/a/jobrun/*", "*"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/", "*"),
        ("arn:aws:emr-containers:*:*:/jobtemplates/*", "StartJobRun"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/*", "CreateJobTemplate"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/*", "List*Templates"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/a", "CancelJobRun"),
        ("arn:aws:emr-containers:*:*:/virtualclusters/${aws:PrincipalAccount}", "*"),
        ("arn:aws:emr-containers:*:${aws:PrincipalAccount}:/virtualclusters/*", "*"),
    ],
)
def test_case_9_a_resource_that_no_request_has_is_named(resource: str, actions: str) -> None:
    assert resource in faults(actions, resource)[0]
    # One that fits does not hide it.
    assert any(resource in fault for fault in faults(actions, ["*", resource]))


@pytest.mark.parametrize(
    "condition",
    [
        ("ArnLike", TEMPLATE_KEY, "arn:aws:emr-containers:*:*:jobtemplates/*"),
        ("ArnNotLike", TEMPLATE_KEY, "arn:aws:emr-containers:*:*:/jobtemplates/T1"),
        ("StringEquals", TEMPLATE_KEY, f"{ROOT}/jobtemplates/*"),
        ("StringLike", TEMPLATE_KEY, "arn:aws:emr-containers:eu-*"),
        ("StringEquals", "emr-containers:ExecutionRoleArn", "job"),
        ("ArnEquals", "emr-containers:ExecutionRoleArn", "arn:aws:s3:::b"),
        ("StringEquals", "aws:RequestTag/team", "a" * 257),
        ("StringEquals", "aws:RequestTag/team", "${aws:PrincipalTag/team}"),
        ("StringEquals", "aws:RequestTag/aws:team", "a"),
        ("StringLike", OVERRIDE_KEY, "spark-default:*"),
        ("StringEquals", OVERRIDE_KEY, "spark-defaults:"),
        ("StringEquals", OVERRIDE_KEY, "*"),
    ],
)
def test_case_9_a_value_that_no_request_has_is_named(condition: tuple[str, str, str]) -> None:
    (fault,) = faults("StartJobRun", "*", condition)
    assert repr(condition[2]) in fault


@pytest.mark.parametrize("key", [TEMPLATE_KEY, OVERRIDE_KEY, "aws:RequestTag/team"])
def test_case_9_a_key_that_no_action_has_is_named(key: str) -> None:
    assert f"the condition key {key!r}" in faults("CancelJobRun", "*", ("StringLike", key, "*"))[0]
    assert faults(["CancelJobRun", "StartJobRun"], "*", ("StringLike", key, "*")) == []
    # An operator that asks for its absence matches every request.
    assert faults("CancelJobRun", "*", ("StringNotLike", key, "*")) == []


IDS = st.text(alphabet="0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=25)


@given(st.sampled_from(operations()), IDS, st.data())
def test_a_statement_that_some_request_matches_is_let_be(operation: Any, identifier: str, data: st.DataObject) -> None:
    parts = operation.path.pattern.replace("(?P<", "{").split("{")
    path = parts[0] + "".join(identifier + part.partition(")")[2] for part in parts[1:])
    run = f"{ROOT}/virtualclusters/{identifier}/jobruns/{identifier}"
    values = {"resourceArn": run} if "/tags/" in path else {}
    demands = list(
        required_permissions(
            operation.name, path=path, values=values, region="us-east-1", account="000000000000", template_role=str
        )
    )
    (demand,) = demands
    # Any part of the ARN may be a wild card.
    parts = demand.resource.split(":", 5)
    wild = [data.draw(st.sampled_from((part, "*", f"{part[:2]}*"))) for part in parts]
    resource = ":".join(wild) if len(parts) == 6 else "*"
    assert faults(operation.name, resource) == []
    assert decide((statement(operation.name, resource),), demand) == "explicitly denied"


def test_what_is_created_with_tags_can_be_denied() -> None:
    for path in (
        "/virtualclusters/*",
        "/virtualclusters/abc/jobruns/*",
        "/jobtemplates/*",
        "/securityconfigurations/*",
    ):
        assert faults("TagResource", f"{ROOT}{path}", ("StringEquals", "aws:RequestTag/team", "a")) == []
        demand = Permission(action=f"{SERVICE}:TagResource", resource=f"{ROOT}{path}")
        assert decide((statement("TagResource", f"{ROOT}{path}"),), demand) == "explicitly denied"
