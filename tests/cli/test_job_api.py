"""Which API a command talks to; what is asked of it is in `jobs/test_commands.py`."""

from pathlib import Path
from typing import Any

import pytest
from cluster_environments import environment
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.exceptions import ApiAway, ApiError
from longshore_cli.job_api import api_errors, connect

NAMES = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterEnvironment:
    """The working directory is a checkout with a cluster, and nothing else names one."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    cluster = environment(endpoint_url="http://127.0.0.1:8998", access_key="CLUSTER", virtual_cluster_id="vc1")
    cluster.save(tmp_path)
    return cluster


def key_of(api: Any) -> str:
    return str(api.session.get_credentials().access_key)


def test_where_nothing_is_named_it_is_the_checkouts_cluster(checkout: ClusterEnvironment) -> None:
    api = connect(None)
    assert (api.endpoint_url, api.virtual_cluster_id, key_of(api)) == (checkout.endpoint_url, "vc1", "CLUSTER")
    assert not api.is_aws


def test_an_address_that_is_given_comes_first(checkout: ClusterEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    api = connect("http://127.0.0.1:1")
    assert (api.endpoint_url, api.virtual_cluster_id) == ("http://127.0.0.1:1", None)


def test_keys_that_are_given_come_first(checkout: ClusterEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "MINE", "SECRET_ACCESS_KEY": "x", "DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api = connect(None)
    assert (api.endpoint_url, key_of(api)) == ("https://emr-containers.eu-central-1.amazonaws.com", "MINE")
    assert api.is_aws


def test_an_endpoint_in_a_vpc_is_aws_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert connect("https://vpce-1.emr-containers.us-east-1.vpce.amazonaws.com").is_aws
    assert not connect("https://emr-containers.amazonaws.com.example.org").is_aws


def test_a_want_of_a_region_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ApiError, match="No client of the EMR Containers API can be made: You must specify a region"):
        connect("http://127.0.0.1:1")


def test_an_api_that_is_away_can_be_told_from_one_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api = connect("http://127.0.0.1:1")
    with pytest.raises(ApiAway, match="It cannot be done: Could not connect"), api_errors("It cannot be done"):
        api.emr.list_virtual_clusters()
    with pytest.raises(ApiAway, match="does not answer"):
        api.read("/page")
    refused = pytest.raises(ApiError, match="It cannot be done: Parameter validation failed:; Invalid type")
    with refused as error, api_errors("It cannot be done"):
        api.emr.describe_job_run(id=5, virtualClusterId="x")  # type: ignore[arg-type]  # on purpose
    assert not isinstance(error.value, ApiAway)
