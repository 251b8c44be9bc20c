"""Virtual clusters: a namespace has one, until it is deleted."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.targets import Target, refusal


@pytest.fixture
def made(target: Target, emr: Any) -> Iterator[dict[str, Any]]:
    """A virtual cluster of the test's own: its request, and its ID as `id`."""
    request = {"name": "made", "containerProvider": target.new_provider(), "clientToken": uuid.uuid4().hex}
    cluster = emr.create_virtual_cluster(**request)["id"]
    yield request | {"id": cluster}
    target.remove_cluster(emr, cluster)


def without_id(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name != "id"}


def test_a_virtual_cluster_is_shown_as_it_was_asked_for(target: Target, emr: Any, made: dict[str, Any]) -> None:
    shown = emr.describe_virtual_cluster(id=made["id"])["virtualCluster"]
    assert (shown["name"], shown["containerProvider"]) == ("made", made["containerProvider"])
    assert shown["state"] == "RUNNING"
    assert shown["arn"].endswith(f":/virtualclusters/{made['id']}")


def test_a_namespace_has_one_virtual_cluster(target: Target, emr: Any, made: dict[str, Any]) -> None:
    second = {"name": "second", "containerProvider": made["containerProvider"]}
    refusal("ValidationException", emr.create_virtual_cluster, **second)


def test_a_namespace_is_free_again_when_its_virtual_cluster_is_deleted(target: Target, emr: Any) -> None:
    request = {"name": "again", "containerProvider": target.new_provider()}
    first = emr.create_virtual_cluster(**request)["id"]
    target.remove_cluster(emr, first)
    second = emr.create_virtual_cluster(**request)["id"]
    target.remove_cluster(emr, second)
    assert first != second


def test_the_same_token_and_request_give_the_same_virtual_cluster(
    target: Target, emr: Any, made: dict[str, Any]
) -> None:
    assert emr.create_virtual_cluster(**without_id(made))["id"] == made["id"]


def test_the_same_token_with_another_virtual_cluster_is_refused(target: Target, emr: Any, made: dict[str, Any]) -> None:
    # Of another namespace, which alone would be refused; there only the token can be the reason.
    provider = made["containerProvider"] | {"info": {"eksInfo": {"namespace": f"n-{uuid.uuid4().hex}"}}}
    refusal("ValidationException", emr.create_virtual_cluster, **without_id(made) | {"containerProvider": provider})


def test_a_virtual_cluster_that_does_not_exist_is_not_found(target: Target, emr: Any) -> None:
    refusal("ResourceNotFoundException", emr.describe_virtual_cluster, id="0" * 25)


def test_a_virtual_cluster_that_does_not_exist_cannot_be_deleted(target: Target, emr: Any) -> None:
    # The model gives DeleteVirtualCluster no ResourceNotFoundException.
    refusal("ValidationException", emr.delete_virtual_cluster, id="0" * 25)


def test_no_run_is_started_in_a_virtual_cluster_that_is_deleted(target: Target, emr: Any) -> None:
    deleted = emr.create_virtual_cluster(name="deleted", containerProvider=target.new_provider())["id"]
    target.remove_cluster(emr, deleted)
    refusal("ValidationException", emr.start_job_run, virtualClusterId=deleted, **target.job())


def test_a_virtual_cluster_is_created_with_its_tags(target: Target, emr: Any) -> None:
    provider = target.new_provider()
    cluster = emr.create_virtual_cluster(name="tagged", containerProvider=provider, tags={"team": "data"})["id"]
    shown = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]
    target.remove_cluster(emr, cluster)
    assert shown["tags"] == {"team": "data"}


def test_virtual_clusters_are_found_by_provider_and_state(target: Target, emr: Any, made: dict[str, Any]) -> None:
    provider = {"containerProviderId": made["containerProvider"]["id"], "containerProviderType": "EKS"}

    def found(**filters: Any) -> bool:
        pages = emr.get_paginator("list_virtual_clusters").paginate(**filters)
        return made["id"] in {cluster["id"] for page in pages for cluster in page["virtualClusters"]}

    assert found(**provider)
    assert found(**provider, states=["RUNNING", "ARRESTED"])
    assert not found(**provider, states=["TERMINATED"])
    assert not found(containerProviderId="another")
