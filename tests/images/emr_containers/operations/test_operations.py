"""Job templates, virtual clusters, tags and pages, as boto3 sees them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.job_runs import ROLE, job, new_cluster, wait

DATA: dict[str, Any] = {
    "executionRoleArn": ROLE,
    "releaseLabel": "shell",
    "jobDriver": {
        "sparkSubmitJobDriver": {
            "entryPoint": "local:///opt/longshore/hello.sh",
            "entryPointArguments": ["${who}", "${times}"],
        }
    },
    "parameterConfiguration": {"who": {"type": "STRING"}, "times": {"type": "NUMBER", "defaultValue": "3"}},
    "jobTags": {"from": "template", "template": "yes"},
}


@pytest.fixture
def template(emr: Any) -> str:
    return str(emr.create_job_template(name=f"t-{uuid.uuid4().hex}", jobTemplateData=DATA)["id"])


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def test_a_job_template_is_shown_as_it_was_created(emr: Any) -> None:
    made = emr.create_job_template(name="shown", jobTemplateData=DATA, tags={"a": "b"})
    shown = emr.describe_job_template(id=made["id"])["jobTemplate"]
    assert shown["jobTemplateData"] == DATA
    assert (shown["name"], shown["tags"], shown["arn"]) == ("shown", {"a": "b"}, made["arn"])
    assert shown["createdBy"] == "arn:aws:iam::000000000000:user/TESTKEY"
    assert abs(shown["createdAt"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert made["id"].isalnum()
    assert 19 <= len(made["id"]) <= 64


def test_a_template_runs_with_its_parameters_and_the_requests_tags_over_its_own(
    emr: Any, cluster: str, template: str
) -> None:
    started = emr.start_job_run(
        virtualClusterId=cluster,
        jobTemplateId=template,
        jobTemplateParameters={"who": "world ${times} $(id)"},
        tags={"from": "request"},
    )
    run = wait(emr, cluster, started["id"])
    assert run["state"] == "COMPLETED"
    assert run["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"] == ["world ${times} $(id)", "3"]
    assert run["tags"] == {"from": "request", "template": "yes"}
    assert "retryPolicyExecution" not in run


def test_parameters_that_do_not_fit_are_refused_by_name(emr: Any, cluster: str, template: str) -> None:
    for parameters, message in (
        ({}, "parameters 'who' have no default"),
        ({"who": "x", "times": "often"}, "'often' of the job template parameter 'times' is not a number"),
        ({"who": "x", "whom": "y"}, "no parameters 'whom'; it has 'times', 'who'"),
    ):
        request = {"virtualClusterId": cluster, "jobTemplateId": template, "jobTemplateParameters": parameters}
        code, text = refusal(emr.start_job_run, **request)
        assert code == "ValidationException"
        assert message in text
    assert refusal(emr.start_job_run, virtualClusterId=cluster, jobTemplateId="0" * 25) == (
        "ResourceNotFoundException",
        f"Job template '{'0' * 25}' does not exist; ListJobTemplates shows those that do.",
    )


def test_a_template_that_cannot_work_is_not_created(emr: Any) -> None:
    for data, message in (
        ({**DATA, "parameterConfiguration": {}}, "'times', 'who' are used but not declared"),
        ({**DATA, "jobDriver": {"sparkSqlJobDriver": {}}}, "sparkSqlJobDriver must have an entryPoint"),
        ({**DATA, "jobTags": {"AWS:cost": "1"}}, "'AWS:cost' begins with 'aws:'"),
        ({**DATA, "releaseLabel": "a b"}, "at 'jobTemplateData.releaseLabel' failed to satisfy constraint"),
    ):
        assert message in refusal(emr.create_job_template, name="bad", jobTemplateData=data)[1]
    assert "bad" not in {found["name"] for found in emr.list_job_templates()["templates"]}
    key = "arn:aws:kms:us-east-1:000000000000:key/x"
    assert "no KMS" in refusal(emr.create_job_template, name="bad", jobTemplateData=DATA, kmsKeyArn=key)[1]


def test_a_deleted_template_is_gone_and_its_runs_stay(emr: Any, cluster: str, template: str) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, jobTemplateId=template, jobTemplateParameters={"who": "x"})["id"]
    assert emr.delete_job_template(id=template)["id"] == template
    assert refusal(emr.describe_job_template, id=template)[0] == "ResourceNotFoundException"
    assert refusal(emr.delete_job_template, id=template)[0] == "ValidationException"
    assert wait(emr, cluster, run)["state"] == "COMPLETED"


def test_a_token_that_is_used_again_gives_the_same_thing_or_is_refused(emr: Any) -> None:
    token = uuid.uuid4().hex
    request = {"name": "once", "clientToken": token, "jobTemplateData": DATA}
    first = emr.create_job_template(**request)
    assert emr.create_job_template(**request)["id"] == first["id"]
    code, message = refusal(emr.create_job_template, **request | {"name": "other"})
    assert code == "ValidationException"
    assert f"it created {first['id']!r}" in message
    provider = {"type": "EKS", "id": "token", "info": {"eksInfo": {"namespace": token}}}
    cluster = {"name": "once", "clientToken": token, "containerProvider": provider}
    assert emr.create_virtual_cluster(**cluster)["id"] == emr.create_virtual_cluster(**cluster)["id"]
    assert "already used with a different request" in refusal(emr.create_virtual_cluster, **cluster | {"name": "o"})[1]


def test_templates_come_in_pages_newest_first_and_by_time(emr: Any) -> None:
    before = datetime.now(UTC)
    made = [emr.create_job_template(name=f"page-{number}", jobTemplateData=DATA)["id"] for number in range(5)]
    pages = emr.get_paginator("list_job_templates").paginate(createdAfter=before, PaginationConfig={"PageSize": 2})
    ids = [[found["id"] for found in page["templates"]] for page in pages]
    assert [len(page) for page in ids] == [2, 2, 1]
    assert [found for page in ids for found in page] == made[::-1]
    assert not {*made} & {found["id"] for found in emr.list_job_templates(createdBefore=before)["templates"]}
    assert refusal(emr.list_job_templates, maxResults=0)[1] == "maxResults is 0; it must be from 1 to 100."


def test_a_token_is_of_its_list_and_of_its_filters(emr: Any) -> None:
    before = datetime.now(UTC)
    for number in range(2):
        emr.create_job_template(name=f"token-{number}", jobTemplateData=DATA)
        emr.create_security_configuration(name="token", securityConfigurationData={})
    token = emr.list_job_templates(createdAfter=before, maxResults=1)["nextToken"]
    assert len(emr.list_job_templates(createdAfter=before, maxResults=50, nextToken=token)["templates"]) == 1
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    for call, request in (
        (emr.list_job_templates, {"nextToken": token}),
        (emr.list_security_configurations, {"createdAfter": before, "nextToken": token}),
        (emr.list_virtual_clusters, {"createdAfter": before, "nextToken": token}),
        (emr.list_job_templates, {"createdAfter": before, "nextToken": changed}),
        (emr.list_job_templates, {"createdAfter": before, "nextToken": "bm9uc2Vuc2U="}),
        (emr.list_job_templates, {"createdAfter": before, "nextToken": token + "A"}),
        (emr.list_job_templates, {"createdAfter": before, "nextToken": "é"}),
    ):
        code, message = refusal(call, **request)
        assert code == "ValidationException"
        assert "start again without it" in message


def test_a_namespace_has_one_virtual_cluster_until_it_is_deleted(emr: Any, cluster: str) -> None:
    shown = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]
    assert shown["state"] == "RUNNING"
    request = {"name": "second", "containerProvider": shown["containerProvider"]}
    assert f"{cluster!r} already uses the namespace" in refusal(emr.create_virtual_cluster, **request)[1]
    emr.delete_virtual_cluster(id=cluster)
    assert emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["state"] == "TERMINATED"
    assert "is TERMINATED, not RUNNING" in refusal(emr.start_job_run, virtualClusterId=cluster, **job("hello.sh"))[1]
    assert emr.create_virtual_cluster(**request)["id"] != cluster


def test_what_is_not_offered_is_refused_and_not_ignored(emr: Any) -> None:
    provider: dict[str, Any] = {"type": "EKS", "id": "x"}
    labelled = provider | {"info": {"eksInfo": {"namespace": "x", "nodeLabel": "spot"}}}
    for request, message in (
        ({"containerProvider": provider, "sessionEnabled": True}, "no interactive sessions: leave sessionEnabled out"),
        ({"containerProvider": labelled}, "does not choose nodes by nodeLabel"),
        ({"containerProvider": provider, "tags": {"aws:x": "y"}}, "reserved for AWS's own"),
    ):
        assert message in refusal(emr.create_virtual_cluster, name="x", **request)[1]
    assert emr.list_virtual_clusters(containerProviderId="x")["virtualClusters"] == []


def test_a_virtual_cluster_with_unfinished_runs_is_not_deleted(emr: Any, cluster: str, tmp_path: Path) -> None:
    request = job("wait_for.sh", str(tmp_path / "out"), str(tmp_path / "go"))
    run = emr.start_job_run(virtualClusterId=cluster, **request)["id"]
    assert f"unfinished job runs ({run!r} is one)" in refusal(emr.delete_virtual_cluster, id=cluster)[1]
    (tmp_path / "go").touch()
    wait(emr, cluster, run)
    emr.delete_virtual_cluster(id=cluster)
    for call in (emr.describe_virtual_cluster, emr.delete_virtual_cluster):
        assert "Virtual cluster 'nothere' does not exist" in refusal(call, id="nothere")[1]


def test_virtual_clusters_are_filtered_by_state_and_provider(emr: Any) -> None:
    provider = f"p-{uuid.uuid4().hex}"
    info = {"type": "EKS", "id": provider, "info": {"eksInfo": {"namespace": "a"}}}
    made = emr.create_virtual_cluster(name="filtered", containerProvider=info)["id"]
    new_cluster(emr)

    def found(**filters: Any) -> list[str]:
        answer = emr.list_virtual_clusters(containerProviderId=provider, containerProviderType="EKS", **filters)
        return [cluster["id"] for cluster in answer["virtualClusters"]]

    assert found() == found(states=["RUNNING", "TERMINATED"]) == [made]
    assert found(states=["TERMINATED"]) == []


def test_tags_of_clusters_and_runs_are_added_listed_and_removed(emr: Any, cluster: str) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, tags={"first": "1"}, **job("hello.sh"))
    wait(emr, cluster, run["id"])
    key = "sp ace+plus&amp=ü😀/?%41"
    for arn in (run["arn"], emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"]):
        emr.tag_resource(resourceArn=arn, tags={key: "v", "other": "w+x y"})
        tags = emr.list_tags_for_resource(resourceArn=arn)["tags"]
        assert tags.items() >= {key: "v", "other": "w+x y"}.items()
        emr.untag_resource(resourceArn=arn, tagKeys=[key, "missing", "first"])
        assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == {"other": "w+x y"}


def test_the_arn_of_a_run_names_its_virtual_cluster(emr: Any, cluster: str) -> None:
    run = emr.start_job_run(virtualClusterId=cluster, **job("hello.sh"))
    wait(emr, cluster, run["id"])
    elsewhere = run["arn"].replace(cluster, new_cluster(emr))
    assert refusal(emr.list_tags_for_resource, resourceArn=elsewhere)[0] == "ResourceNotFoundException"


def test_tags_have_their_limits(emr: Any, cluster: str, template: str) -> None:
    arn = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"]
    emr.tag_resource(resourceArn=arn, tags={f"{number}": "v" for number in range(50)})
    assert "51 tags; it may have at most 50" in refusal(emr.tag_resource, resourceArn=arn, tags={"more": "v"})[1]
    changes = ((cluster, "nothere"), ("us-east-1", "eu-west-1"), ("000000000000", "111111111111"), ("aws:", "aws-cn:"))
    for mine, other in changes:
        nowhere = arn.replace(mine, other, 1)
        assert refusal(emr.list_tags_for_resource, resourceArn=nowhere)[0] == "ResourceNotFoundException"
        assert refusal(emr.tag_resource, resourceArn=nowhere, tags={"a": "b"})[0] == "ResourceNotFoundException"
        assert refusal(emr.untag_resource, resourceArn=nowhere, tagKeys=["1"])[0] == "ResourceNotFoundException"
    for request in ({"tags": {"aws:a": "b"}}, {"tags": {"Aws:a": "b"}}):
        assert "is reserved for AWS's own" in refusal(emr.tag_resource, resourceArn=arn, **request)[1]
    assert "is reserved for AWS's own" in refusal(emr.untag_resource, resourceArn=arn, tagKeys=["aws:a"])[1]
    of_template = emr.describe_job_template(id=template)["jobTemplate"]["arn"]
    code, message = refusal(emr.list_tags_for_resource, resourceArn=of_template)
    assert code == "ValidationException"
    assert "at 'resourceArn' failed to satisfy constraint" in message
