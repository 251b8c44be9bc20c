"""Requests reach the API server with the pod's present token, over TLS of the cluster's own authority."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from libs.kubernetes.api_server import ApiServer
from libs.kubernetes.conftest import InPod
from longshore_libs.exceptions import KubernetesError, TokenError
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.client import APPLY, MERGE, Client, is_transient
from longshore_libs.kubernetes.pod import pod_access
from transfers.certificates import authority


def test_the_token_is_read_again_when_kubernetes_has_replaced_it(api_server: ApiServer, in_pod: InPod) -> None:
    async def twice() -> None:
        client = Client(pod_access(account=api_server.account))
        await client.get("/api")
        (api_server.account / "token").write_text("second\n")
        await client.get("/api")
        (api_server.account / "token").unlink()
        with pytest.raises(TokenError, match="token' cannot be read") as error:
            await client.get("/api")
        assert is_transient(error.value)
        await client.close()

    in_pod(twice)
    assert [request.headers["Authorization"] for request in api_server.asked] == ["Bearer first", "Bearer second"]


def test_a_server_with_a_certificate_of_another_authority_gets_no_token(api_server: ApiServer, in_pod: InPod) -> None:
    async def ask() -> None:
        authority("another").write_certificate(api_server.account / "ca.crt")
        client = Client(pod_access(account=api_server.account))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await client.get("/api")
        await client.close()

    in_pod(ask)
    assert api_server.asked == []


def test_each_method_sends_its_kind_of_body(api_server: ApiServer, in_pod: InPod) -> None:
    async def ask() -> None:
        client = Client(pod_access(account=api_server.account))
        await client.post("/a", {"x": 1})
        await client.patch("/b", {"x": 2})
        await client.patch("/c", {"x": 3}, {"force": True, "fieldManager": "f"}, content=APPLY)
        await client.delete("/d", {"x": 4})
        await client.delete("/e", query={"labelSelector": "a=b,c in (d)", "limit": 5})
        await client.close()

    in_pod(ask)
    assert [(request.method, request.path) for request in api_server.asked] == [
        *(("POST", "/a"), ("PATCH", "/b"), ("PATCH", "/c"), ("DELETE", "/d"), ("DELETE", "/e"))
    ]
    assert [request.content_type for request in api_server.asked][:3] == ["application/json", MERGE, APPLY]
    assert api_server.bodies == [{"x": 1}, {"x": 2}, {"x": 3}, {"x": 4}, None]
    assert dict(api_server.asked[2].query) == {"force": "true", "fieldManager": "f"}
    assert dict(api_server.asked[4].query) == {"labelSelector": "a=b,c in (d)", "limit": "5"}


def test_a_refusal_is_the_servers_own_for_objects_logs_and_watches(api_server: ApiServer, in_pod: InPod) -> None:
    api_server.status, api_server.answer = 403, {"reason": "Forbidden", "message": "pods is forbidden"}
    api_server.stream = (json.dumps(api_server.answer).encode(),)

    async def ask() -> None:
        client = Client(pod_access(account=api_server.account))
        for request in (client.get("/a"), client.text("/b", {})):
            with pytest.raises(KubernetesError, match="Forbidden: pods is forbidden"):
                await request
        with pytest.raises(KubernetesError, match="Forbidden: pods is forbidden"):
            async with client.events("/c", {}):
                pass
        await client.close()

    in_pod(ask)


def test_a_watch_is_read_by_the_event_until_the_server_ends_it(api_server: ApiServer, in_pod: InPod) -> None:
    sent: list[Any] = [{"type": "ADDED", "object": {"name": "é" * 100_000}}, {"type": "DELETED", "object": {}}]
    raw = b"".join(json.dumps(event, ensure_ascii=False).encode() + b"\n" for event in sent)
    api_server.stream = tuple(raw[start : start + 4097] for start in range(0, len(raw), 4097))

    async def read() -> list[Any]:
        client = Client(pod_access(account=api_server.account))
        async with client.events("/a", {"resourceVersion": "7"}) as events:
            found = [event async for event in events]
        await client.close()
        return found

    assert in_pod(read) == sent
    assert dict(api_server.asked[0].query) == {"resourceVersion": "7", "watch": "true"}


def test_a_server_that_is_away_may_be_asked_again() -> None:
    async def ask() -> None:
        client = Client(Access(url="http://127.0.0.1:1"))
        with pytest.raises(aiohttp.ClientConnectionError) as error:
            await client.get("/api")
        assert is_transient(error.value)
        await client.close()

    asyncio.run(ask())
