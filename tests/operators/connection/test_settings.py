from collections.abc import Callable
from typing import Any

import pytest
from longshore.connection.settings import PlatformSettings, read_settings
from longshore.exceptions import ConnectionSettingsError


def test_settings_come_from_the_connections_extra(connect: Callable[..., None]) -> None:
    connect("http://127.0.0.1:1", log_uri="file:///logs", execution_role_arn="arn:x")
    settings = read_settings("aws_default")
    assert settings.region_name == "eu-central-1"
    assert settings.endpoint_url == "http://127.0.0.1:1"
    assert settings.require("virtual_cluster_id")
    assert (settings.log_uri, settings.execution_role_arn, settings.artifact_uri) == ("file:///logs", "arn:x", None)


def test_global_endpoint_is_the_default_of_the_services() -> None:
    assert PlatformSettings.from_extra("c", {"endpoint_url": "http://all"}).endpoint_url == "http://all"


def test_keys_of_the_amazon_provider_are_left_alone() -> None:
    extra = {"role_arn": "x", "service_config": {"emr-containers": {"something_else": 1}}}
    assert PlatformSettings.from_extra("c", extra) == PlatformSettings("c")


def test_missing_setting_names_connection_key_and_place() -> None:
    with pytest.raises(
        ConnectionSettingsError,
        match=r"'my_aws' has no 'virtual_cluster_id': "
        r'set extra\["service_config"\]\["emr-containers"\]\["virtual_cluster_id"\]',
    ):
        PlatformSettings("my_aws").require("virtual_cluster_id")


def test_setting_that_is_no_text_is_named() -> None:
    with pytest.raises(ConnectionSettingsError, match=r"'my_aws' has a int as 'region_name': extra\[\"region_name\"\]"):
        PlatformSettings.from_extra("my_aws", {"region_name": 1})


def test_missing_connection_is_named() -> None:
    with pytest.raises(ConnectionSettingsError, match="'nowhere' does not exist"):
        read_settings("nowhere")


def test_no_connection_means_no_settings() -> None:
    assert read_settings(None) == PlatformSettings(None)


@pytest.mark.parametrize("service_config", ["text", {"emr-containers": "text"}, {"emr-containers": ["list"]}])
def test_settings_that_are_no_object_are_named(service_config: Any) -> None:
    with pytest.raises(ConnectionSettingsError, match=r"'my_aws' has a \w+ where .*emr-containers.* must be an object"):
        PlatformSettings.from_extra("my_aws", {"service_config": service_config})


@pytest.mark.parametrize("service_config", [None, {}, {"emr-containers": None}])
def test_no_settings_are_no_settings(service_config: Any) -> None:
    assert PlatformSettings.from_extra("my_aws", {"service_config": service_config}).endpoint_url is None
