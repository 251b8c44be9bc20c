"""Job templates: parameters with types and defaults, filled in when a run starts."""

import uuid
from typing import Any

import pytest

from conformance.targets import Target, refusal

TARGETS = ("ours", "aws")  # moto has no job templates


def data(target: Target, **changes: Any) -> dict[str, Any]:
    """`jobTemplateData` with a parameter that has a default and one that has none."""
    job = {name: value for name, value in target.job().items() if name != "name"}
    job["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"] = ["${does}", "${times}"]
    parameters = {"does": {"type": "STRING"}, "times": {"type": "NUMBER", "defaultValue": "3"}}
    return {**job, "parameterConfiguration": parameters, **changes}


@pytest.fixture(scope="session")
def template(target: Target, emr: Any) -> str:
    return str(emr.create_job_template(name="shared", jobTemplateData=data(target))["id"])


def test_a_template_is_shown_as_it_was_created(target: Target, emr: Any) -> None:
    made = emr.create_job_template(name="shown", jobTemplateData=data(target), tags={"team": "data"})
    shown = emr.describe_job_template(id=made["id"])["jobTemplate"]
    assert shown["jobTemplateData"] == data(target)
    assert (shown["name"], shown["tags"], shown["arn"]) == ("shown", {"team": "data"}, made["arn"])
    assert shown["createdAt"] == made["createdAt"]


def test_a_run_of_a_template_takes_its_parameters_and_defaults(
    target: Target, emr: Any, cluster: str, template: str
) -> None:
    started = emr.start_job_run(
        virtualClusterId=cluster, jobTemplateId=template, jobTemplateParameters={"does": "succeed"}
    )
    run = target.wait(emr, cluster, started["id"])
    assert run["state"] == "COMPLETED"
    assert run["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"] == ["succeed", "3"]
    assert run["releaseLabel"] == target.release


def test_a_value_is_taken_in_place_of_the_default(target: Target, emr: Any, cluster: str, template: str) -> None:
    parameters = {"does": "succeed", "times": "-1.5"}
    started = emr.start_job_run(virtualClusterId=cluster, jobTemplateId=template, jobTemplateParameters=parameters)
    run = emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]
    assert run["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"] == ["succeed", "-1.5"]


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "does"),
        ({"times": "1"}, "does"),
        ({"does": "succeed", "times": "often"}, "times"),
        ({"does": "succeed", "whom": "x"}, "whom"),
    ],
    ids=["none", "one-missing", "no-number", "unknown"],
)
def test_parameters_that_do_not_fit_are_refused_by_name(
    target: Target, emr: Any, cluster: str, template: str, parameters: dict[str, str], named: str
) -> None:
    asked = {"virtualClusterId": cluster, "jobTemplateId": template, "jobTemplateParameters": parameters}
    assert named in refusal("ValidationException", emr.start_job_run, **asked)


def test_a_template_that_does_not_exist_is_not_found(target: Target, emr: Any) -> None:
    refusal("ResourceNotFoundException", emr.describe_job_template, id="0" * 25)


def test_a_template_that_does_not_exist_cannot_be_deleted(target: Target, emr: Any) -> None:
    # The model gives DeleteJobTemplate no ResourceNotFoundException.
    refusal("ValidationException", emr.delete_job_template, id="0" * 25)


def test_a_deleted_template_is_gone_and_its_runs_go_on(target: Target, emr: Any, cluster: str) -> None:
    made = emr.create_job_template(name="deleted", jobTemplateData=data(target))["id"]
    started = emr.start_job_run(virtualClusterId=cluster, jobTemplateId=made, jobTemplateParameters={"does": "succeed"})
    assert emr.delete_job_template(id=made)["id"] == made
    refusal("ResourceNotFoundException", emr.describe_job_template, id=made)
    assert target.wait(emr, cluster, started["id"])["state"] == "COMPLETED"


def test_the_same_token_gives_the_same_template_or_is_refused(target: Target, emr: Any) -> None:
    request = {"name": "once", "jobTemplateData": data(target), "clientToken": uuid.uuid4().hex}
    made = emr.create_job_template(**request)["id"]
    assert emr.create_job_template(**request)["id"] == made
    refusal("ValidationException", emr.create_job_template, **request | {"name": "another"})


def test_a_parameter_that_is_used_must_be_declared(target: Target, emr: Any) -> None:
    undeclared = data(target, parameterConfiguration={"does": {"type": "STRING"}})
    assert "times" in refusal("ValidationException", emr.create_job_template, name="x", jobTemplateData=undeclared)


def test_the_tags_of_a_templates_jobs_are_the_runs_under_those_of_the_request(
    target: Target, emr: Any, cluster: str
) -> None:
    tagged = data(target, jobTags={"from": "template", "of": "template"})
    made = emr.create_job_template(name="tagged", jobTemplateData=tagged)["id"]
    started = emr.start_job_run(
        virtualClusterId=cluster,
        jobTemplateId=made,
        jobTemplateParameters={"does": "succeed"},
        tags={"from": "request"},
    )
    run = emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]
    assert run["tags"] == {"from": "request", "of": "template"}


def test_templates_come_in_pages_newest_first_and_by_time(target: Target, emr: Any) -> None:
    made = [emr.create_job_template(name=f"page-{n}", jobTemplateData=data(target)) for n in range(3)]
    since = made[0]["createdAt"]
    pages = list(emr.get_paginator("list_job_templates").paginate(createdAfter=since, PaginationConfig={"PageSize": 2}))
    found = [[template["id"] for template in page["templates"]] for page in pages]
    assert [len(page) for page in found][:2] == [2, 1]
    assert found[0] + found[1] == [template["id"] for template in made][::-1]
    refusal("ValidationException", emr.list_job_templates, nextToken="nonsense")
    refusal("ValidationException", emr.list_job_templates, maxResults=0)
