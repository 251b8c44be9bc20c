"""IAM's evaluation as a table, and what each operation asks for against AWS's own list."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from emr_containers.access.rights import (
    Condition,
    Decision,
    Permission,
    Policy,
    Statement,
    decide,
    denial_message,
    required_permissions,
)
from emr_containers.api.model import SERVICE, operations

ROOT = "arn:aws:emr-containers:us-east-1:000000000000:"
CLUSTER = f"{ROOT}/virtualclusters/vc1"
TEMPLATE = f"{ROOT}/jobtemplates/t1"
ROLE = "arn:aws:iam::000000000000:role/job"
TEMPLATE_KEY, ROLE_KEY = "emr-containers:JobTemplateArn", "emr-containers:ExecutionRoleArn"


def allow(action: str = "*", resource: str = "*", *conditions: tuple[str, str, str]) -> Statement:
    return Statement(
        effect="Allow",
        actions=(action,),
        resources=(resource,),
        conditions=tuple(Condition(operator=o, key=k, values=(v,)) for o, k, v in conditions),
    )


def deny(action: str = "*", resource: str = "*", *conditions: tuple[str, str, str]) -> Statement:
    return Statement(
        effect="Deny",
        actions=(action,),
        resources=(resource,),
        conditions=allow(action, resource, *conditions).conditions,
    )


def start(**context: str) -> Permission:
    keys = {"template": TEMPLATE_KEY, "role": ROLE_KEY, "team": "aws:RequestTag/team"}
    return Permission(
        action="emr-containers:StartJobRun",
        resource=CLUSTER,
        context={keys[name]: value for name, value in context.items()},
    )


def templates_only(operator: str, value: str) -> Policy:
    return (allow("emr-containers:StartJobRun", CLUSTER, (operator, TEMPLATE_KEY, value)),)


EVALUATIONS: list[tuple[Policy, Permission, Decision]] = [
    ((), start(), "implicitly denied"),
    ((allow(),), start(), "allowed"),
    ((allow("emr-containers:StartJobRun"),), start(), "allowed"),
    ((allow("EMR-containers:startjobrun"),), start(), "allowed"),
    ((allow("emr-containers:Start*"),), start(), "allowed"),
    ((allow("emr-containers:????tJobRun"),), start(), "allowed"),
    ((allow("emr-containers:?StartJobRun"),), start(), "implicitly denied"),
    ((allow("emr-containers:Describe*"),), start(), "implicitly denied"),
    ((allow("emr-containers:StartJobRunX"),), start(), "implicitly denied"),
    ((allow("*", CLUSTER),), start(), "allowed"),
    ((allow("*", CLUSTER.upper()),), start(), "implicitly denied"),
    ((allow("*", f"{ROOT}/virtualclusters/*"),), start(), "allowed"),
    ((allow("*", f"{ROOT}/virtualclusters/vc?"),), start(), "allowed"),
    ((allow("*", f"{ROOT}/virtualclusters/vc"),), start(), "implicitly denied"),
    ((allow("*", f"{ROOT}/virtualclusters/vc1/*"),), start(), "implicitly denied"),
    ((allow("*", "arn:aws:emr-containers:*:*:/virtualclusters/vc1"),), start(), "allowed"),
    ((allow("*", "arn:*:*:*:*:*"),), start(), "allowed"),
    # A `*` does not reach into the next part of an ARN.
    ((allow("*", "arn:aws:emr-containers:*:/virtualclusters/vc1"),), start(), "implicitly denied"),
    ((allow("*", "arn:aws:emr-containers:eu-*:*:/virtualclusters/vc1"),), start(), "implicitly denied"),
    # A Deny wins, wherever it stands.
    ((deny("emr-containers:StartJobRun"), allow()), start(), "explicitly denied"),
    ((allow(), deny("emr-containers:StartJobRun")), start(), "explicitly denied"),
    ((allow(), deny("emr-containers:CancelJobRun")), start(), "allowed"),
    ((allow(), deny("*", f"{ROOT}/virtualclusters/vc2")), start(), "allowed"),
    ((deny(),), start(), "explicitly denied"),
    # A key that is held to templates.
    (templates_only("StringEquals", TEMPLATE), start(template=TEMPLATE), "allowed"),
    (templates_only("StringEquals", TEMPLATE), start(), "implicitly denied"),
    (templates_only("StringEquals", TEMPLATE), start(template=TEMPLATE + "0"), "implicitly denied"),
    (templates_only("StringEquals", f"{ROOT}/jobtemplates/*"), start(template=TEMPLATE), "implicitly denied"),
    (templates_only("StringLike", f"{ROOT}/jobtemplates/*"), start(template=TEMPLATE), "allowed"),
    (templates_only("StringLike", "*"), start(template=TEMPLATE), "allowed"),
    (templates_only("StringLike", "*"), start(), "implicitly denied"),
    (templates_only("ArnEquals", "arn:aws:emr-containers:*:*:/jobtemplates/t1"), start(template=TEMPLATE), "allowed"),
    (templates_only("ArnLike", "arn:aws:emr-containers:*:*:/jobtemplates/t?"), start(template=TEMPLATE), "allowed"),
    (
        templates_only("ArnLike", "arn:aws:emr-containers:*:/jobtemplates/t1"),
        start(template=TEMPLATE),
        "implicitly denied",
    ),
    (
        (allow(), deny("*", "*", ("ArnNotLike", TEMPLATE_KEY, TEMPLATE))),
        start(),
        "explicitly denied",
    ),
    ((allow(), deny("*", "*", ("ArnNotLike", TEMPLATE_KEY, TEMPLATE))), start(template=TEMPLATE), "allowed"),
    ((allow(), deny("*", "*", ("StringNotEquals", ROLE_KEY, ROLE))), start(role=ROLE), "allowed"),
    ((allow(), deny("*", "*", ("StringNotEquals", ROLE_KEY, ROLE))), start(role=ROLE + "2"), "explicitly denied"),
    ((allow(), deny("*", "*", ("StringNotLike", ROLE_KEY, "*:role/j*"))), start(role=ROLE), "allowed"),
    ((allow(), deny("*", "*", ("ArnNotEquals", ROLE_KEY, ROLE))), start(role="arn:aws:iam::1:x"), "explicitly denied"),
    # Conditions are all to hold; of one's values, one.
    (
        (allow("*", "*", ("StringEquals", ROLE_KEY, ROLE), ("StringEquals", "aws:RequestTag/team", "a")),),
        start(role=ROLE, team="a"),
        "allowed",
    ),
    (
        (allow("*", "*", ("StringEquals", ROLE_KEY, ROLE), ("StringEquals", "aws:RequestTag/team", "a")),),
        start(role=ROLE),
        "implicitly denied",
    ),
    ((allow("*", "*", ("StringEquals", "aws:RequestTag/team", "a")),), start(team="A"), "implicitly denied"),
    # What a request holds is text, never a pattern.
    (
        (allow("*", CLUSTER),),
        Permission(action="emr-containers:StartJobRun", resource=f"{ROOT}/virtualclusters/*"),
        "implicitly denied",
    ),
    ((allow("*", "*", ("StringLike", ROLE_KEY, ROLE)),), start(role="*"), "implicitly denied"),
    ((allow("*", "*", ("StringLike", "aws:RequestTag/team", "a.c")),), start(team="abc"), "implicitly denied"),
    ((allow("*", "*", ("StringLike", "aws:RequestTag/team", "a*")),), start(team="a\nb"), "allowed"),
]


@pytest.mark.parametrize(("policy", "demand", "decision"), EVALUATIONS)
def test_a_policy_is_evaluated_as_iam_does(policy: Policy, demand: Permission, decision: Decision) -> None:
    assert decide(policy, demand) == decision


def test_any_of_several_values_actions_and_resources_is_enough() -> None:
    statement = Statement(
        effect="Allow",
        actions=("emr-containers:CancelJobRun", "emr-containers:StartJobRun"),
        resources=(TEMPLATE, CLUSTER),
        conditions=(Condition(operator="StringEquals", key=ROLE_KEY, values=("x", ROLE)),),
    )
    assert decide((statement,), start(role=ROLE)) == "allowed"
    assert decide((statement,), start(role="y")) == "implicitly denied"


def test_a_refusal_says_who_may_not_do_what_and_why() -> None:
    user = "arn:aws:iam::000000000000:user/KEY"
    denied = f"User: {user} is not authorized to perform: emr-containers:StartJobRun on resource: {CLUSTER} "
    assert denial_message("implicitly denied", start(), caller=user) == (
        denied + "because no identity-based policy allows the emr-containers:StartJobRun action"
    )
    assert denial_message("explicitly denied", start(), caller=user) == (
        denied + "with an explicit deny in an identity-based policy"
    )


# Source: AWS, Service Authorization Reference, "Actions defined by Amazon EMR on EKS"; UpdateVirtualCluster is not in
# it yet. An action without a resource type is asked for on `*`.
ENDPOINT, RUN = f"{CLUSTER}/endpoints/e1", f"{CLUSTER}/jobruns/r1"
RESOURCES = {
    "CancelJobRun": RUN,
    "CreateJobTemplate": "*",
    "CreateManagedEndpoint": CLUSTER,
    "CreateSecurityConfiguration": "*",
    "CreateVirtualCluster": "*",
    "DeleteJobTemplate": TEMPLATE,
    "DeleteManagedEndpoint": ENDPOINT,
    "DeleteSecurityConfiguration": f"{ROOT}/securityconfigurations/s1",
    "DeleteVirtualCluster": CLUSTER,
    "DescribeJobRun": RUN,
    "DescribeJobTemplate": TEMPLATE,
    "DescribeManagedEndpoint": ENDPOINT,
    "DescribeSecurityConfiguration": f"{ROOT}/securityconfigurations/s1",
    "DescribeVirtualCluster": CLUSTER,
    "GetManagedEndpointSessionCredentials": ENDPOINT,
    "ListJobRuns": CLUSTER,
    "ListJobTemplates": "*",
    "ListManagedEndpoints": CLUSTER,
    "ListSecurityConfigurations": "*",
    "ListTagsForResource": RUN,
    "ListVirtualClusters": "*",
    "StartJobRun": CLUSTER,
    "TagResource": RUN,
    "UntagResource": RUN,
    "UpdateVirtualCluster": CLUSTER,
}
IDS = {
    "virtualClusterId": "vc1",
    "jobRunId": "r1",
    "endpointId": "e1",
    "templateId": "t1",
    "securityConfigurationId": "s1",
    "resourceArn": RUN,
}


def asked(
    operation: str, *, path: str = "/virtualclusters/vc1/jobruns", values: Mapping[str, Any] | None = None
) -> list[Permission]:
    return list(
        required_permissions(
            operation,
            path=path,
            values=values or {},
            region="us-east-1",
            account="000000000000",
            template_role=lambda: ROLE,
        )
    )


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: operation.name)
def test_each_action_is_asked_for_on_the_resource_that_aws_says(operation: Any) -> None:
    template = operation.path.pattern
    path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda match: IDS[match[1]], template)
    values = {"resourceArn": RUN} if "resourceArn" in template else {}
    assert asked(operation.name, path=path, values=values) == [
        Permission(action=f"{SERVICE}:{operation.name}", resource=RESOURCES[operation.name])
    ]


def test_a_start_by_a_template_asks_to_see_it_first_and_has_its_arn_and_its_role() -> None:
    see, may_start = asked("StartJobRun", values={"jobTemplateId": "t1"})
    assert (see.action, see.resource) == ("emr-containers:DescribeJobTemplate", TEMPLATE)
    assert may_start == start(template=TEMPLATE, role=ROLE)


def test_the_template_is_not_read_for_callers_who_may_not_see_it() -> None:
    def read() -> str:
        raise AssertionError("the template was read")

    asking = required_permissions(
        "StartJobRun", path="/", values={"jobTemplateId": "t1"}, region="r", account="a", template_role=read
    )
    assert next(asking).action == "emr-containers:DescribeJobTemplate"


def test_a_start_without_a_template_has_the_requests_role() -> None:
    assert asked("StartJobRun", values={"executionRoleArn": ROLE}) == [start(role=ROLE)]


def test_a_role_beside_a_template_is_asked_for_too() -> None:
    other = f"{ROLE}-2"
    demanded = asked("StartJobRun", values={"jobTemplateId": "t1", "executionRoleArn": other})
    assert {demand.context[ROLE_KEY] for demand in demanded[1:]} == {ROLE, other}


def test_what_is_created_with_tags_has_to_be_tagged() -> None:
    may_start, tag = asked("StartJobRun", values={"tags": {"team": "a"}})
    assert may_start == start(team="a")
    assert tag == Permission(
        action="emr-containers:TagResource",
        resource=f"{CLUSTER}/jobruns/*",
        context={"aws:RequestTag/team": "a"},
    )
    (tagging,) = asked("TagResource", values={"resourceArn": RUN, "tags": {"team": "a"}})
    assert tagging == Permission(
        action="emr-containers:TagResource", resource=RUN, context={"aws:RequestTag/team": "a"}
    )
