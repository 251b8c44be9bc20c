"""Rights of a start by its template's content, as a table."""

from contextlib import nullcontext

import pytest
from emr_containers.access.rights import Condition, Permission, Statement
from emr_containers.access.template_starts import check_overrides, check_tagged_start
from emr_containers.exceptions import AccessDeniedException

CLUSTER = "arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/vc1"
START = Permission(action="emr-containers:StartJobRun", resource=CLUSTER)
OVERRIDE_KEY = "longshore:ConfigurationOverride"


def statement(effect: str, *conditions: tuple[str, str, str], action: str = "*") -> Statement:
    return Statement(
        effect=effect,  # type: ignore[arg-type]
        actions=(action,),
        resources=("*",),
        conditions=tuple(Condition(operator=o, key=k, values=(v,)) for o, k, v in conditions),
    )


def tagged(team: str) -> Permission:
    """Returns the start of a run that has the tag `team`."""
    return Permission(action=START.action, resource=CLUSTER, context={"aws:RequestTag/team": team})


EVERYTHING = statement("Allow")
NAMED = statement("Allow", ("StringLike", OVERRIDE_KEY, "spark-env:*"))
CASES = [
    ((EVERYTHING,), "spark-defaults:spark.executor.memory", "2g", True),
    ((EVERYTHING,), "spark-defaults:spark.executor.memory", "${env:X}", False),
    ((EVERYTHING,), "spark-env:TZ", "UTC", False),
    ((EVERYTHING, NAMED), "spark-env:TZ", "UTC", True),
    ((EVERYTHING, NAMED), "spark-defaults:spark.jars", "x", False),
    # A statement for another action says nothing.
    ((statement("Allow", ("StringLike", OVERRIDE_KEY, "*"), action="emr-containers:CancelJobRun"),), "a:b", "", False),
    ((EVERYTHING, NAMED, statement("Deny", ("StringLike", OVERRIDE_KEY, "*:TZ"))), "spark-env:TZ", "UTC", False),
    (
        (EVERYTHING, statement("Deny", ("StringEquals", OVERRIDE_KEY, "spark-defaults:spark.executor.memory"))),
        "spark-defaults:spark.executor.memory",
        "2g",
        False,
    ),
]


@pytest.mark.parametrize(("policy", "name", "value", "allowed"), CASES)
def test_case_1_an_override_needs_an_allow_that_names_it(
    policy: tuple[Statement, ...], name: str, value: str, allowed: bool
) -> None:
    def check() -> None:
        check_overrides(policy, START, overrides=[(name, value)], template=("t", {}), caller="arn:me")

    if allowed:
        check()
        return
    with pytest.raises(AccessDeniedException) as error:
        check()
    assert name in str(error.value)


@pytest.mark.parametrize("value", ["${env:AWS_SECRET_ACCESS_KEY}", "a$(POD_IP)"])
def test_case_1_a_template_that_allows_an_override_allows_no_expansion_in_its_value(value: str) -> None:
    template = ("t", {"longshore.dev/overrides": "spark-env:TZ"})
    check_overrides((EVERYTHING,), START, overrides=[("spark-env:TZ", "$UTC")], template=template, caller="arn:me")
    with pytest.raises(AccessDeniedException, match="which is expanded in the job"):
        check_overrides((EVERYTHING,), START, overrides=[("spark-env:TZ", value)], template=template, caller="arn:me")
    # The operator's policy allows any value.
    check_overrides((EVERYTHING, NAMED), START, overrides=[("spark-env:TZ", value)], template=template, caller="arn:me")


def test_a_start_without_a_template_overrides_nothing_but_can_be_denied() -> None:
    overrides = [("spark-env:TZ", "UTC")]
    check_overrides((EVERYTHING,), START, overrides=overrides, template=None, caller="arn:me")
    denied = statement("Deny", ("StringLike", OVERRIDE_KEY, "spark-env:*"))
    with pytest.raises(AccessDeniedException, match="a policy denies it"):
        check_overrides((EVERYTHING, denied), START, overrides=overrides, template=None, caller="arn:me")


def test_case_8_a_start_is_asked_for_with_the_templates_tags() -> None:
    only_a = statement("Allow", ("StringEquals", "aws:RequestTag/team", "a"), action="emr-containers:TagResource")
    policy = (statement("Allow", action="emr-containers:StartJobRun"), only_a)
    check_tagged_start(policy, tagged("a"), tags={"team": "a"}, caller="arn:me")
    with pytest.raises(AccessDeniedException, match="TagResource"):
        check_tagged_start(policy, tagged("b"), tags={"team": "b"}, caller="arn:me")
    not_b = statement("Deny", ("StringEquals", "aws:RequestTag/team", "a"), action="emr-containers:StartJobRun")
    with pytest.raises(AccessDeniedException, match="StartJobRun"):
        check_tagged_start((*policy, not_b), tagged("a"), tags={"team": "a"}, caller="arn:me")


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ((EVERYTHING, NAMED, statement("Deny", ("StringNotEquals", "aws:RequestTag/team", "a"))), True),
        ((EVERYTHING, NAMED, statement("Deny", ("StringEquals", "aws:RequestTag/team", "a"))), False),
        ((statement("Allow", ("StringLike", OVERRIDE_KEY, "*"), ("StringEquals", "aws:RequestTag/team", "a")),), True),
        ((statement("Allow", ("StringLike", OVERRIDE_KEY, "*"), ("StringEquals", "aws:RequestTag/team", "b")),), False),
    ],
)
def test_an_override_is_asked_for_with_the_runs_tags(policy: tuple[Statement, ...], allowed: bool) -> None:
    outcome = nullcontext() if allowed else pytest.raises(AccessDeniedException)
    with outcome:
        check_overrides(policy, tagged("a"), overrides=[("spark-env:TZ", "UTC")], template=("t", {}), caller="arn:me")
