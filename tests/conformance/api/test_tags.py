"""Tags of virtual clusters and job runs, by ARN."""

from typing import Any

from conformance.targets import Target, refusal

TARGETS = ("ours", "aws")  # moto has no operations for tags


def test_tags_of_a_run_are_added_changed_listed_and_removed(target: Target, emr: Any, cluster: str) -> None:
    started = emr.start_job_run(virtualClusterId=cluster, **target.job(tags={"first": "1", "second": "2"}))
    arn = started["arn"]
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == {"first": "1", "second": "2"}
    emr.tag_resource(resourceArn=arn, tags={"first": "one", "with spaces+and/ü": "a b"})
    expected = {"first": "one", "second": "2", "with spaces+and/ü": "a b"}
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == expected
    assert emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]["tags"] == expected
    emr.untag_resource(resourceArn=arn, tagKeys=["first", "with spaces+and/ü", "never-there"])
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == {"second": "2"}


def test_tags_of_a_virtual_cluster_are_added_and_removed(target: Target, emr: Any, cluster: str) -> None:
    arn = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"]
    emr.tag_resource(resourceArn=arn, tags={"conformance": "yes"})
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"]["conformance"] == "yes"
    emr.untag_resource(resourceArn=arn, tagKeys=["conformance"])
    assert "conformance" not in emr.list_tags_for_resource(resourceArn=arn)["tags"]


def test_a_resource_has_at_most_fifty_tags(target: Target, emr: Any, cluster: str) -> None:
    tags = {f"key-{number}": "value" for number in range(50)}
    arn = emr.start_job_run(virtualClusterId=cluster, **target.job(tags=tags))["arn"]
    refusal("ValidationException", emr.tag_resource, resourceArn=arn, tags={"one-more": "value"})
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"] == tags


def test_tags_of_what_does_not_exist_are_not_found(target: Target, emr: Any, cluster: str) -> None:
    arn = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"].replace(cluster, "0" * 25)
    refusal("ResourceNotFoundException", emr.list_tags_for_resource, resourceArn=arn)
    refusal("ResourceNotFoundException", emr.tag_resource, resourceArn=arn, tags={"a": "b"})
    refusal("ResourceNotFoundException", emr.untag_resource, resourceArn=arn, tagKeys=["a"])
