"""A kubeconfig gives the address, the authorities and credentials that stay valid; a broken one is told by its name."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from libs.kubernetes.api_server import ApiServer
from libs.kubernetes.conftest import InPod
from longshore_libs.exceptions import AccessError, TokenError
from longshore_libs.kubernetes import kubeconfig
from longshore_libs.kubernetes.client import Client
from longshore_libs.kubernetes.kubeconfig import kubeconfig_access


def _write(path: Path, user: object, **cluster: object) -> Path:
    shape = {
        "clusters": [{"name": "a", "cluster": {"server": "https://127.0.0.1:6443"} | cluster}],
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "users": [{"name": "a", "user": user}],
        "current-context": "a",
    }
    path.write_text(json.dumps(shape))  # JSON is YAML
    return path


def test_a_plugins_token_is_asked_for_again_when_it_is_old(
    tmp_path: Path, api_server: ApiServer, in_pod: InPod, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin, token = tmp_path / "plugin", tmp_path / "present"
    plugin.write_text(
        f"#!/bin/sh\nset -e\ntoken=$(cat {token})\n"
        'printf \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", '
        '"status": {"token": "%s", "expirationTimestamp": "2020-01-01T00:00:00Z"}}\' "$token"\n'
    )
    plugin.chmod(0o755)
    token.write_text("first")
    monkeypatch.setattr(kubeconfig, "_FRESH_SECONDS", 0.0)
    user = {
        "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}
    }

    async def ask() -> None:
        port = int(os.environ["KUBERNETES_SERVICE_PORT"])
        authorities = {"certificate-authority": str(tmp_path / "ca.crt")}
        file = _write(tmp_path / "config", user, server=f"https://127.0.0.1:{port}", **authorities)
        client = Client(await kubeconfig_access([file]))
        await client.get("/api")
        token.write_text("second")
        await client.get("/api")
        token.unlink()
        with pytest.raises(TokenError, match="config' gives no credentials now"):
            await client.get("/api")
        await client.close()

    in_pod(ask)
    assert [request.headers["Authorization"] for request in api_server.asked] == ["Bearer first", "Bearer second"]


def test_a_password_is_sent_in_its_own_form(tmp_path: Path) -> None:
    file = _write(tmp_path / "config", {"username": "ann", "password": "secret"})

    async def header() -> str | None:
        return await (await kubeconfig_access([file])).authorization()

    assert asyncio.run(header()) == "Basic YW5uOnNlY3JldA=="


def test_what_the_cluster_says_of_tls_and_proxies_holds(tmp_path: Path) -> None:
    options = {"insecure-skip-tls-verify": True, "tls-server-name": "api", "proxy-url": "http://proxy:3128"}
    found = asyncio.run(kubeconfig_access([_write(tmp_path / "config", {}, **options)]))
    assert found.tls is not None
    assert not found.tls.check_hostname
    assert (found.tls_name, found.proxy, found.trust_env) == ("api", "http://proxy:3128", True)


_texts = st.text(st.characters(codec="utf-8"), max_size=40)
_words = st.sampled_from(
    ["clusters:", "users: []", "contexts: [{}]", "current-context: a", "a", "[", "{}", "- x", "\n"]
)


@given(_texts | st.lists(_words, max_size=8).map(" ".join))
def test_any_text_that_is_no_kubeconfig_is_told_by_its_name(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.mktemp("kubeconfig") / "typo"
    file.write_text(text)
    with pytest.raises(AccessError, match="typo' cannot be used"):
        asyncio.run(kubeconfig_access([file]))
