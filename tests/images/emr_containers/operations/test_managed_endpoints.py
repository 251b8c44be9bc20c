"""Managed endpoints, which are not here, as boto3 sees them."""

from typing import Any

import pytest
from emr_containers.api.model import service_model
from images.emr_containers.operations.test_operations import refusal
from support.job_runs import ROLE

ENDPOINT = "0" * 13
CREATE = {
    "name": "studio",
    "type": "JUPYTER_ENTERPRISE_GATEWAY",
    "releaseLabel": "emr-7.0.0-latest",
    "executionRoleArn": ROLE,
}
CREDENTIALS = {"executionRoleArn": ROLE, "credentialType": "TOKEN", "endpointIdentifier": ENDPOINT}


@pytest.mark.parametrize(
    ("operation", "method", "request_", "code"),
    [
        ("CreateManagedEndpoint", "create_managed_endpoint", CREATE, "ValidationException"),
        ("DescribeManagedEndpoint", "describe_managed_endpoint", {"id": ENDPOINT}, "ResourceNotFoundException"),
        ("DeleteManagedEndpoint", "delete_managed_endpoint", {"id": ENDPOINT}, "ValidationException"),
        (
            "GetManagedEndpointSessionCredentials",
            "get_managed_endpoint_session_credentials",
            CREDENTIALS,
            "ResourceNotFoundException",
        ),
    ],
)
def test_it_is_refused_with_an_error_of_the_model_and_the_reason(
    emr: Any, cluster: str, operation: str, method: str, request_: dict[str, str], code: str
) -> None:
    member = "virtualClusterIdentifier" if "endpointIdentifier" in request_ else "virtualClusterId"
    answered, message = refusal(getattr(emr, method), **{member: cluster}, **request_)
    assert answered == code
    assert code in {shape.name for shape in service_model().operation_model(operation).error_shapes}
    assert "this server runs job runs only and has no Jupyter Enterprise Gateway" in message


def test_credentials_may_be_asked_for_by_arns(emr: Any, cluster: str) -> None:
    arn = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"]
    endpoint = f"{arn}/endpoints/{ENDPOINT}"
    request = CREDENTIALS | {"virtualClusterIdentifier": arn, "endpointIdentifier": endpoint}
    code, message = refusal(emr.get_managed_endpoint_session_credentials, **request)
    assert code == "ResourceNotFoundException"
    assert message.startswith(f"Managed endpoint '{endpoint}"[:80])


def test_the_virtual_cluster_has_to_be_there(emr: Any) -> None:
    for call, request in ((emr.create_managed_endpoint, CREATE), (emr.describe_managed_endpoint, {"id": ENDPOINT})):
        code, message = refusal(call, virtualClusterId="nothere", **request)
        assert (code, message[:34]) == ("ResourceNotFoundException", "Virtual cluster 'nothere' does not")


def test_there_are_none_to_list(emr: Any, cluster: str) -> None:
    pages = emr.get_paginator("list_managed_endpoints").paginate(virtualClusterId=cluster, states=["ACTIVE"])
    assert [page["endpoints"] for page in pages] == [[]]
    assert refusal(emr.list_managed_endpoints, virtualClusterId=cluster, nextToken="x")[0] == "ValidationException"
    assert refusal(emr.list_managed_endpoints, virtualClusterId=cluster, maxResults=0)[0] == "ValidationException"
