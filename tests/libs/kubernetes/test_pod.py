"""A pod's service account gives the way to its cluster, or is told to be incomplete by its file."""

import pytest
from libs.kubernetes.api_server import ApiServer
from libs.kubernetes.conftest import InPod
from longshore_libs.exceptions import AccessError, NoClusterError, TokenError
from longshore_libs.kubernetes.pod import pod_access


def test_an_address_of_ipv6_is_in_brackets(
    api_server: ApiServer, in_pod: InPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find() -> str:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "fd00::1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
        return pod_access(account=api_server.account).url

    assert in_pod(find) == "https://[fd00::1]:443"


def test_an_account_that_is_incomplete_is_told_by_its_file(api_server: ApiServer, in_pod: InPod) -> None:
    async def find() -> None:
        (api_server.account / "token").write_text(" ")
        with pytest.raises(TokenError, match="token' is empty"):
            pod_access(account=api_server.account)
        (api_server.account / "ca.crt").write_text("no certificate")
        with pytest.raises(AccessError, match=r"ca\.crt' cannot be used"):
            pod_access(account=api_server.account)
        (api_server.account / "ca.crt").unlink()
        with pytest.raises(NoClusterError, match=r"ca\.crt' does not exist"):
            pod_access(account=api_server.account)

    in_pod(find)
