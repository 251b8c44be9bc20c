"""Lists: in pages, each thing once, newest first, and by name, state and time."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conformance.targets import Target, refusal


@pytest.fixture(scope="session")
def listed(target: Target, emr: Any) -> dict[str, Any]:
    """Five job runs of one name, the first of them cancelled, in the order of their start; one of another name."""
    cluster, name = target.new_cluster(emr), f"listed-{uuid.uuid4().hex}"
    first = emr.start_job_run(virtualClusterId=cluster, **target.job("sleep", name=name))["id"]
    emr.cancel_job_run(virtualClusterId=cluster, id=first)
    target.wait(emr, cluster, first)
    runs = [emr.start_job_run(virtualClusterId=cluster, **target.job(name=name))["id"] for _ in range(4)]
    emr.start_job_run(virtualClusterId=cluster, **target.job())
    return {"cluster": cluster, "name": name, "runs": [first, *runs]}


def ids(emr: Any, listed: dict[str, Any], page_size: int = 100, **filters: Any) -> list[str]:
    pages = emr.get_paginator("list_job_runs").paginate(
        virtualClusterId=listed["cluster"],
        **{"name": listed["name"]} | filters,
        PaginationConfig={"PageSize": page_size},
    )
    return [run["id"] for page in pages for run in page["jobRuns"]]


def test_runs_are_listed_newest_first(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    found = ids(emr, listed)
    assert found != listed["runs"], "they are listed oldest first"
    assert found == listed["runs"][::-1]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_runs_come_in_pages_each_of_them_once(target: Target, emr: Any, listed: dict[str, Any], size: int) -> None:
    found = ids(emr, listed, size)
    assert len(found) == len(set(found)) == 5
    assert found == ids(emr, listed)


def test_a_page_holds_no_more_than_was_asked_for(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    asked = {"virtualClusterId": listed["cluster"], "name": listed["name"]}
    page = emr.list_job_runs(**asked, maxResults=2)
    assert len(page["jobRuns"]) == 2
    assert page["nextToken"]
    # The last page is full, and says that it is the last one.
    assert "nextToken" not in emr.list_job_runs(**asked, maxResults=5)


def test_a_run_that_is_started_between_two_pages_moves_nothing(
    target: Target, emr: Any, listed: dict[str, Any]
) -> None:
    name = f"moves-{uuid.uuid4().hex}"
    cluster = listed["cluster"]
    before = [emr.start_job_run(virtualClusterId=cluster, **target.job(name=name))["id"] for _ in range(3)]
    first = emr.list_job_runs(virtualClusterId=cluster, name=name, maxResults=2)
    emr.start_job_run(virtualClusterId=cluster, **target.job(name=name))
    rest = emr.list_job_runs(virtualClusterId=cluster, name=name, maxResults=2, nextToken=first["nextToken"])
    found = [run["id"] for page in (first, rest) for run in page["jobRuns"]]
    assert sorted(found) == sorted(before), "a page repeats, or leaves out, what was there before"


def test_a_token_that_no_list_gave_is_refused(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    refusal("ValidationException", emr.list_job_runs, virtualClusterId=listed["cluster"], nextToken="nonsense")


def test_runs_are_found_by_state(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    assert ids(emr, listed, states=["CANCELLED", "FAILED"]) == [listed["runs"][0]]
    assert ids(emr, listed, states=["FAILED"]) == []


def test_runs_are_found_by_their_whole_name(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    assert sorted(ids(emr, listed)) == sorted(listed["runs"])
    assert ids(emr, listed, name=listed["name"][:-1]) == []
    assert ids(emr, listed, name=listed["name"] + "x") == [], "runs are found by a part of what is asked for"


def test_runs_are_found_by_the_time_of_their_creation(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    run = emr.describe_job_run(virtualClusterId=listed["cluster"], id=listed["runs"][2])["jobRun"]
    age = datetime.now(UTC) - run["createdAt"]
    assert timedelta(0) <= age + timedelta(minutes=5), "it is created in the future"
    soon, late = run["createdAt"] - timedelta(milliseconds=1), run["createdAt"] + timedelta(milliseconds=1)
    assert set(ids(emr, listed, createdAfter=soon)) == set(listed["runs"][2:]), "createdAfter is not exact"
    assert set(ids(emr, listed, createdBefore=late)) == set(listed["runs"][:3]), "createdBefore is not exact"
    assert ids(emr, listed, createdAfter=soon, createdBefore=late) == [listed["runs"][2]]
    assert ids(emr, listed, createdAfter=datetime.now(UTC) + timedelta(days=1)) == []


def test_a_virtual_cluster_that_does_not_exist_has_no_runs(target: Target, emr: Any) -> None:
    assert emr.list_job_runs(virtualClusterId="0" * 25)["jobRuns"] == []


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_of_no_size_is_refused(target: Target, emr: Any, listed: dict[str, Any], size: int) -> None:
    refusal("ValidationException", emr.list_job_runs, virtualClusterId=listed["cluster"], maxResults=size)
    refusal("ValidationException", emr.list_virtual_clusters, maxResults=size)


def test_virtual_clusters_come_in_pages_each_of_them_once(target: Target, emr: Any, listed: dict[str, Any]) -> None:
    pages = list(emr.get_paginator("list_virtual_clusters").paginate(PaginationConfig={"PageSize": 1, "MaxItems": 3}))
    found = [cluster["id"] for page in pages for cluster in page["virtualClusters"]]
    assert len(pages) == len(found)
    whole = emr.list_virtual_clusters(maxResults=10)["virtualClusters"]
    assert found == [cluster["id"] for cluster in whole][: len(found)]
