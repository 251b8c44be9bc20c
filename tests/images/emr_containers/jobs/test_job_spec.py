"""The specification of a job run, from its request and its template."""

import shlex
from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import build_spec, merge_overrides, run_tags
from emr_containers.settings import Release
from support.job_runs import ROLE

RELEASES = {"spark-4.1": Release(label="spark-4.1", kind="spark", command=("x",), application_directory=Path("/a"))}
DRIVER = {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/x.py"}}
REQUEST = {"executionRoleArn": ROLE, "releaseLabel": "spark-4.1", "jobDriver": DRIVER}


def defaults(**properties: str) -> dict[str, Any]:
    return {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]}


def exported(**variables: str) -> dict[str, Any]:
    nested = [{"classification": "export", "properties": variables}]
    return {"applicationConfiguration": [{"classification": "spark-env", "configurations": nested}]}


def logs(uri: str) -> dict[str, Any]:
    return {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": uri}}}


def test_a_request_without_template_says_everything_itself() -> None:
    assert build_spec(REQUEST, template=None, releases=RELEASES) == {**REQUEST, "configurationOverrides": {}}


def test_a_template_says_what_runs_and_the_request_its_parameters_and_overrides() -> None:
    template = {
        **REQUEST,
        "executionRoleArn": "${role}",
        "configurationOverrides": {**defaults(a="template", b="template"), **logs("file:///template")},
        "parameterConfiguration": {"role": {"type": "STRING"}},
    }
    request = {
        "jobTemplateId": "t",
        "jobTemplateParameters": {"role": ROLE},
        "configurationOverrides": {**defaults(b="request"), **logs("file:///request")},
        "retryPolicyConfiguration": {"maxAttempts": 3},
    }
    assert build_spec(request, template=template, releases=RELEASES) == {
        **REQUEST,
        "configurationOverrides": {**defaults(a="template", b="request"), **logs("file:///request")},
        "retryPolicyConfiguration": {"maxAttempts": 3},
    }


@pytest.mark.parametrize(
    ("template", "request_", "merged"),
    [
        ({}, {}, {}),
        (logs("file:///t"), {}, logs("file:///t")),
        ({}, logs("file:///r"), logs("file:///r")),
        (defaults(a="t", b="t"), defaults(b="r", c="r"), defaults(a="t", b="r", c="r")),
        (
            {"monitoringConfiguration": {"persistentAppUI": "ENABLED", **logs("file:///t")["monitoringConfiguration"]}},
            {"monitoringConfiguration": {"persistentAppUI": "DISABLED"}},
            {
                "monitoringConfiguration": {
                    "persistentAppUI": "DISABLED",
                    **logs("file:///t")["monitoringConfiguration"],
                }
            },
        ),
        (
            exported(a="t", b="t"),
            exported(b="r", c="r"),
            exported(a="t", b="r", c="r"),
        ),
        (
            exported(a="t"),
            {"applicationConfiguration": [{"classification": "spark-env", "properties": {"b": "r"}}]},
            {
                "applicationConfiguration": [
                    {**exported(a="t")["applicationConfiguration"][0], "properties": {"b": "r"}},
                ]
            },
        ),
        (
            {"applicationConfiguration": [{"classification": "spark-log4j", "properties": {"a": "t"}}]},
            defaults(a="r"),
            {
                "applicationConfiguration": [
                    {"classification": "spark-log4j", "properties": {"a": "t"}},
                    *defaults(a="r")["applicationConfiguration"],
                ]
            },
        ),
    ],
)
def test_the_requests_overrides_win_over_the_templates(
    template: dict[str, Any], request_: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge_overrides(template, request_) == merged


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"releaseLabel": "emr-7"}, "'emr-7' is not offered by this server; it offers spark-4.1"),
        ({"jobDriver": {}}, "Exactly one job driver"),
        ({"jobDriver": {**DRIVER, "sparkSqlJobDriver": {}}}, "Exactly one job driver"),
        ({"jobDriver": {"sparkSqlJobDriver": {}}}, "sparkSqlJobDriver must have an entryPoint"),
        (
            {"jobDriver": {"sparkSqlJobDriver": {"entryPoint": "x", "sparkSqlParameters": "--name 'open"}}},
            "sparkSqlParameters cannot be split into words: No closing quotation",
        ),
        (
            {"jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "x", "sparkSubmitParameters": "--name 'open"}}},
            "sparkSubmitParameters cannot be split into words: No closing quotation",
        ),
        ({"jobTemplateParameters": {}}, "need a jobTemplateId"),
        ({"retryPolicyConfiguration": {"maxAttempts": 101}}, "maxAttempts is 101; it must be from 1 to 100"),
    ],
)
def test_a_job_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        build_spec(REQUEST | changes, template=None, releases=RELEASES)


@pytest.mark.parametrize("member", sorted(REQUEST))
def test_what_is_missing_is_named(member: str) -> None:
    request = {key: value for key, value in REQUEST.items() if key != member}
    with pytest.raises(ValidationException, match=f"{member} must be given, or a jobTemplateId"):
        build_spec(request, template=None, releases=RELEASES)


@pytest.mark.parametrize("member", sorted(REQUEST))
def test_what_the_template_says_cannot_be_said_again(member: str) -> None:
    with pytest.raises(ValidationException, match=f"{member} cannot be used with jobTemplateId"):
        build_spec({"jobTemplateId": "t", member: REQUEST[member]}, template=REQUEST, releases=RELEASES)


def test_what_parameters_make_of_a_template_is_checked_as_a_request_is() -> None:
    template = {**REQUEST, "executionRoleArn": "${role}", "parameterConfiguration": {"role": {"type": "STRING"}}}
    with pytest.raises(ValidationException, match="Value 'nobody' at 'executionRoleArn' failed to satisfy constraint"):
        build_spec({"jobTemplateParameters": {"role": "nobody"}}, template=template, releases=RELEASES)
    quoted = {"entryPoint": "x", "sparkSubmitParameters": "--name ${name}"}
    template = {**REQUEST, "jobDriver": {"sparkSubmitJobDriver": quoted}, "parameterConfiguration": {"name": {}}}
    # A value is a part of one word, whatever it holds.
    spec = build_spec({"jobTemplateParameters": {"name": "it's"}}, template=template, releases=RELEASES)
    assert shlex.split(spec["jobDriver"]["sparkSubmitJobDriver"]["sparkSubmitParameters"]) == ["--name", "it's"]


def test_a_templates_tags_are_filled_in_and_the_requests_win() -> None:
    template = {
        **REQUEST,
        "jobTags": {"team": "${team}", "cost": "1"},
        "parameterConfiguration": {"team": {"type": "STRING"}},
    }
    request = {"jobTemplateParameters": {"team": "routes"}, "tags": {"cost": "2"}}
    assert run_tags(request, template=template) == {"team": "routes", "cost": "2"}
    assert run_tags({"tags": {"a": "b"}}, template=None) == {"a": "b"}


def test_a_run_has_no_tag_that_is_awss_own() -> None:
    with pytest.raises(ValidationException, match="'aws:cost' begins with 'aws:'"):
        run_tags({}, template={"jobTags": {"aws:cost": "1"}})


def test_a_run_has_no_more_tags_than_a_resource_may_have() -> None:
    template = {"jobTags": {f"a{number}": "x" for number in range(50)}}
    with pytest.raises(ValidationException, match="at 'tags' failed"):
        run_tags({"tags": {"one": "more"}}, template=template)


def test_case_6_a_template_and_a_request_that_fit_alone_are_refused_where_their_sum_does_not() -> None:
    arguments = {"sparkSubmitJobDriver": {"entryPoint": "local:///x", "entryPointArguments": ["x" * 10_000] * 60}}
    large = {
        "applicationConfiguration": [
            {"classification": f"c{number}", "properties": {f"{place}": "x" * 1_000 for place in range(60)}}
            for number in range(10)
        ]
    }
    template = {**REQUEST, "jobDriver": arguments}
    assert build_spec({"jobTemplateId": "t"}, template=template, releases=RELEASES)
    assert build_spec({**REQUEST, "configurationOverrides": large}, template=None, releases=RELEASES)
    with pytest.raises(ValidationException, match="more than 1048576 characters with what its template says"):
        build_spec({"jobTemplateId": "t", "configurationOverrides": large}, template=template, releases=RELEASES)
