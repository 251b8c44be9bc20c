"""Managed endpoints: our server has none, and says so as AWS says no."""

from typing import Any

import pytest

from conformance.right import REQUESTS
from conformance.targets import Target, refusal

TARGETS = ("ours",)  # AWS has them, moto does not know them

CODES = {
    "create_managed_endpoint": "ValidationException",
    # By the model these two know no ResourceNotFoundException, and the next two do.
    "delete_managed_endpoint": "ValidationException",
    "describe_managed_endpoint": "ResourceNotFoundException",
    "get_managed_endpoint_session_credentials": "ResourceNotFoundException",
}


@pytest.mark.parametrize("method", CODES)
def test_a_managed_endpoint_is_refused_and_the_message_says_why(
    target: Target, emr: Any, cluster: str, method: str
) -> None:
    request = REQUESTS[emr.meta.method_to_api_mapping[method]]
    request = request | {name: cluster for name in request if name.startswith("virtualCluster")}
    message = refusal(CODES[method], getattr(emr, method), **request)
    assert "managed endpoint" in message.lower()
    assert "job run" in message.lower(), "it does not say what there is instead"


def test_there_is_no_managed_endpoint_to_list(target: Target, emr: Any, cluster: str) -> None:
    assert emr.list_managed_endpoints(virtualClusterId=cluster)["endpoints"] == []
