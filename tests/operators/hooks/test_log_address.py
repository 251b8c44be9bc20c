import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from longshore.hooks.emr_containers import EmrContainersHook
from longshore.hooks.log_address import log_address, log_link


@pytest.fixture
def hook(api: Any, connect: Callable[..., None]) -> EmrContainersHook:
    connect(api.url)
    return EmrContainersHook()


def test_link_to_our_server_is_signed_for_one_log_and_an_hour(hook: EmrContainersHook, api: Any) -> None:
    link = urllib.parse.urlsplit(log_link(hook, "j1"))
    query = urllib.parse.parse_qs(link.query)
    assert f"{link.scheme}://{link.netloc}" == api.url
    assert link.path == f"/virtualclusters/{hook.virtual_cluster_id}/jobruns/j1/logs"
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-Credential"][0].endswith("/eu-central-1/emr-containers/aws4_request")
    assert "canary-password" not in log_link(hook, "j1")


def test_address_of_a_log_has_no_signature(hook: EmrContainersHook, api: Any) -> None:
    assert log_address(hook, "j1") == f"{api.url}/virtualclusters/{hook.virtual_cluster_id}/jobruns/j1/logs"


def test_link_is_signed_without_a_client_of_the_api(hook: EmrContainersHook) -> None:
    log_link(hook, "j1")
    assert "client" not in vars(hook)


def test_link_to_aws_is_the_console(connect: Callable[..., None]) -> None:
    connect("", endpoint_url=None, virtual_cluster_id="vc1")
    assert log_link(EmrContainersHook(), "j1") == (
        "https://eu-central-1.console.aws.amazon.com/emr/home?region=eu-central-1#/eks/clusters/vc1"
    )
