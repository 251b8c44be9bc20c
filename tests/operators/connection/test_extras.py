from typing import Any

import pytest
from longshore.connection.extras import AMAZON_EXTRAS, unread_keys, wrong_values
from longshore.connection.settings import PlatformSettings

SERVICE = 'extra["service_config"]["emr-containers"]'


def ours(**service: Any) -> dict[str, Any]:
    return {"service_config": {"emr-containers": service}}


def test_a_misspelled_setting_is_named_with_the_nearest_one() -> None:
    assert unread_keys(ours(virtual_cluster="vc1")) == [
        f"{SERVICE} has the key 'virtual_cluster', which nothing reads. Did you mean 'virtual_cluster_id'?"
    ]


def test_a_setting_that_is_like_none_is_named_with_all_that_there_are() -> None:
    (said,) = unread_keys(ours(bucket="logs"))
    assert said.startswith(f"{SERVICE} has the key 'bucket', which nothing reads. It may have artifact_uri, ")
    assert "connection_id" not in said


@pytest.mark.parametrize("name", ["emr_containers", "emr-container", "EMR-containers"])
def test_a_misspelled_service_is_named(name: str) -> None:
    (said,) = unread_keys({"service_config": {name: {"endpoint_url": "http://x"}}})
    assert (
        said == f"extra[\"service_config\"] has the key {name!r}, which nothing reads. Did you mean 'emr-containers'?"
    )


def test_a_setting_in_the_wrong_place_is_named_with_its_own() -> None:
    assert unread_keys({"virtual_cluster_id": "vc1"}) == [
        f'extra["virtual_cluster_id"] is read by nothing there: move it to {SERVICE}["virtual_cluster_id"].'
    ]


def test_a_misspelled_key_of_the_amazon_provider_is_named() -> None:
    assert unread_keys({"region": "eu-central-1"}) == [
        "extra has the key 'region', which nothing reads. Did you mean 'region_name'?"
    ]


def test_keys_that_are_read_and_keys_of_other_programs_are_left_alone() -> None:
    services = {"s3": {"bucket_name": "b"}, "sts": {}, "emr": {}, "emr-serverless": {"anything": 1}}
    known = dict.fromkeys(PlatformSettings.__dataclass_fields__)
    del known["connection_id"]
    extra = {**dict.fromkeys(AMAZON_EXTRAS), "team": "data", "service_config": {**services, "emr-containers": known}}
    assert unread_keys(extra) == []


@pytest.mark.parametrize("services", [None, "text", {"emr-containers": None}, {"emr-containers": ["list"]}])
def test_what_holds_no_keys_has_none_that_is_unread(services: Any) -> None:
    assert unread_keys({"service_config": services}) == []


@pytest.mark.parametrize(
    ("name", "value", "way_out"),
    [
        ("endpoint_url", "jobs.example.com:8998", "http:// or https://"),
        ("public_endpoint_url", "http://", "http:// or https://"),
        ("history_server_url", "ftp://x", "http:// or https://"),
        ("log_uri", "/logs", "file:/// or s3://"),
        ("artifact_uri", "s3:///no-bucket", "file:/// or s3://"),
        ("execution_role_arn", "longshore-job", "a role's ARN"),
    ],
)
def test_a_value_that_is_none_of_its_kind_is_named_with_its_place(name: str, value: str, way_out: str) -> None:
    (said,) = wrong_values(PlatformSettings("c", **{name: value}))
    assert said.startswith(f'{SERVICE}["{name}"] is {value!r}: give ')
    assert way_out in said


def test_right_values_are_accepted() -> None:
    settings = PlatformSettings(
        "c",
        endpoint_url="http://127.0.0.1:1",
        public_endpoint_url="https://jobs.example.com/api",
        history_server_url="http://[::1]:18080",
        log_uri="file:///logs",
        artifact_uri="s3://bucket",
        execution_role_arn="arn:aws-cn:iam::000000000000:role/path/job",
    )
    assert wrong_values(settings) == []
    assert wrong_values(PlatformSettings(None)) == []
