"""Which operation a method and a path mean."""

import pytest
from emr_containers.api.model import find_operation, operations
from emr_containers.operations import HANDLERS


@pytest.mark.parametrize(
    ("method", "path", "name", "members"),
    [
        ("GET", "/virtualclusters", "ListVirtualClusters", {}),
        ("POST", "/virtualclusters", "CreateVirtualCluster", {}),
        ("GET", "/virtualclusters/a", "DescribeVirtualCluster", {"virtualClusterId": "a"}),
        ("DELETE", "/jobtemplates/t", "DeleteJobTemplate", {"templateId": "t"}),
        ("POST", "/virtualclusters/a/jobruns", "StartJobRun", {"virtualClusterId": "a"}),
        ("DELETE", "/virtualclusters/a/jobruns/b", "CancelJobRun", {"virtualClusterId": "a", "jobRunId": "b"}),
        (
            "POST",
            "/virtualclusters/arn:x:/virtualclusters/a/endpoints/arn:x:/virtualclusters/a/endpoints/b/credentials",
            "GetManagedEndpointSessionCredentials",
            {
                "virtualClusterId": "arn:x:/virtualclusters/a",
                "endpointId": "arn:x:/virtualclusters/a/endpoints/b",
            },
        ),
        ("GET", "/tags/arn:x:/virtualclusters/a", "ListTagsForResource", {"resourceArn": "arn:x:/virtualclusters/a"}),
    ],
)
def test_an_operation_is_found_by_method_and_path(method: str, path: str, name: str, members: dict[str, str]) -> None:
    found = find_operation(method, path)
    assert found is not None
    assert (found[0].name, found[1]) == (name, members)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nothing"),
        ("HEAD", "/virtualclusters"),
        ("PUT", "/virtualclusters"),
        ("GET", "/virtualclusters/"),
        ("GET", "/virtualclusters/a/jobruns/b/c"),
        ("GET", "/virtualclusters\n"),
    ],
)
def test_what_no_operation_answers_is_not_found(method: str, path: str) -> None:
    assert find_operation(method, path) is None


def test_every_operation_of_the_model_is_answered() -> None:
    assert HANDLERS.keys() == {operation.name for operation in operations()}
    assert len(HANDLERS) >= 25


def test_case_4_a_path_that_is_too_long_is_no_operations() -> None:
    assert find_operation("GET", "/virtualclusters/x" + "/endpoints/x" * 100_000) is None
