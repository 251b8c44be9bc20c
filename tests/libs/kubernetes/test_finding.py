"""A cluster is found by KUBECONFIG, by the pod's account, and by the user's file, in this order."""

import asyncio
from pathlib import Path

import pytest
from libs.kubernetes.api_server import ApiServer
from libs.kubernetes.conftest import InPod
from longshore_libs.exceptions import NoClusterError
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.finding import find_access

KUBECONFIG = """
clusters: [{name: a, cluster: {server: "https://named.example:6443/"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users: [{name: a, user: {token: secret}}]
current-context: a
"""


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"):
        monkeypatch.delenv(name, raising=False)


def _write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(KUBECONFIG)
    return path


def test_a_named_file_comes_before_the_pod(
    tmp_path: Path, in_pod: InPod, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{_write(tmp_path / 'named')}")
    assert in_pod(find_access).url == "https://named.example:6443"


def test_a_pod_comes_before_the_users_file(
    tmp_path: Path, in_pod: InPod, api_server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "home/.kube/config")
    assert in_pod(lambda: find_access(account=api_server.account)).url.startswith("https://127.0.0.1:")


def test_the_users_file_is_found_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoClusterError, match=r"home/\.kube/config' does not exist"):
        asyncio.run(find_access())
    _write(tmp_path / "home/.kube/config")
    found = asyncio.run(find_access())
    assert asyncio.run(_header(found)) == "Bearer secret"
    monkeypatch.setenv("KUBECONFIG", "~/.kube/config")
    assert asyncio.run(find_access()).url == found.url


def test_a_file_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "typo"))
    with pytest.raises(NoClusterError, match="typo' does not exist"):
        asyncio.run(find_access())


async def _header(found: Access) -> str | None:
    return await found.authorization()
