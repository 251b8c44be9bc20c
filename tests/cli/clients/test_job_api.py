"""The API that a command talks to. `jobs/test_commands.py` has its requests."""

from pathlib import Path
from typing import Any

import pytest
from longshore_cli.clients.job_api import api_errors, connect
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.exceptions import ApiError, ApiUnavailableError
from saved_clusters import saved_cluster

NAMES = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SavedCluster:
    """The working directory is a checkout with a cluster, and nothing else names one."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "localhost")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    cluster = saved_cluster(endpoint_url="http://127.0.0.1:8998", access_key="CLUSTER", virtual_cluster_id="vc1")
    cluster.save(tmp_path)
    return cluster


def key_of(api: Any) -> str:
    return str(api.session.get_credentials().access_key)


def test_the_checkouts_cluster_is_the_default_api(checkout: SavedCluster) -> None:
    api = connect(None)
    assert (api.endpoint_url, api.virtual_cluster_id, key_of(api)) == (checkout.endpoint_url, "vc1", "CLUSTER")
    assert not api.is_aws


def test_a_given_address_takes_precedence(checkout: SavedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    api = connect("http://127.0.0.1:1")
    assert (api.endpoint_url, api.virtual_cluster_id) == ("http://127.0.0.1:1", None)


def test_given_keys_take_precedence(checkout: SavedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "MINE", "SECRET_ACCESS_KEY": "x", "DEFAULT_REGION": "eu-central-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api = connect(None)
    assert (api.endpoint_url, key_of(api)) == ("https://emr-containers.eu-central-1.amazonaws.com", "MINE")
    assert api.is_aws


def test_an_endpoint_in_a_vpc_counts_as_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert connect("https://vpce-1.emr-containers.us-east-1.vpce.amazonaws.com").is_aws
    assert not connect("https://emr-containers.amazonaws.com.example.org").is_aws


def test_a_missing_region_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ApiError, match="No client of the EMR Containers API can be made: You must specify a region"):
        connect("http://127.0.0.1:1")


def test_an_unavailable_api_differs_from_one_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    api = connect("http://127.0.0.1:1")
    with (
        pytest.raises(ApiUnavailableError, match="It cannot be done: Could not connect"),
        api_errors("It cannot be done"),
    ):
        api.emr.list_virtual_clusters()
    with pytest.raises(ApiUnavailableError, match="does not answer"):
        api.read("/page")
    refused = pytest.raises(ApiError, match="It cannot be done: Parameter validation failed:; Invalid type")
    with refused as error, api_errors("It cannot be done"):
        api.emr.describe_job_run(id=5, virtualClusterId="x")  # type: ignore[arg-type]  # on purpose
    assert not isinstance(error.value, ApiUnavailableError)
