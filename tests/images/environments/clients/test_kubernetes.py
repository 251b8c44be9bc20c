"""The API server is asked where objects are, and its refusals are told: with a server that notes what it is asked."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from environments.clients.kubernetes import Kubernetes
from environments.exceptions import KubernetesError
from longshore_libs.kubernetes.access import Access


@dataclass
class Double:
    """Answers everything alike."""

    answer: Any = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str, str, Any]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = json.loads(raw) if raw else None
        self.asked.append((request.method, request.path_qs, request.headers.get("Content-Type", ""), body))
        return web.json_response(self.answer, status=self.status)


def run(double: Double, test: Callable[[Kubernetes], Awaitable[Any]]) -> Any:
    async def serve() -> Any:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", double.handle)
        async with TestServer(application) as server:
            kubernetes = Kubernetes(Access(url=str(server.make_url("")).rstrip("/")))
            try:
                return await test(kubernetes)
            finally:
                await kubernetes.close()

    return asyncio.run(serve())


def test_objects_are_applied_by_the_server_under_our_name() -> None:
    double, manifest = Double(), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "env-a"}}
    run(double, lambda kubernetes: kubernetes.apply(manifest))
    ((method, where, content, body),) = double.asked
    assert (method, content, body) == ("PATCH", "application/apply-patch+yaml", manifest)
    assert where == "/api/v1/namespaces/env-a?fieldManager=longshore-environments&force=true"


def test_a_deletion_is_of_one_object_and_of_none_that_came_later() -> None:
    double = Double()
    assert run(double, lambda kubernetes: kubernetes.delete("/api/v1/namespaces/a", uid="u-1"))
    ((_, _, _, body),) = double.asked
    assert body["preconditions"] == {"uid": "u-1"}
    for status in (404, 409):
        gone = Double(status=status)
        assert not run(gone, lambda kubernetes: kubernetes.delete("/api/v1/namespaces/a", uid="u-1"))


def test_what_is_not_there_is_none() -> None:
    assert run(Double(status=404), lambda kubernetes: kubernetes.get("/api/v1/namespaces/a")) is None


def test_a_refusal_is_told_in_the_servers_words() -> None:
    double = Double(status=403, answer={"message": "pods is forbidden"})
    with pytest.raises(KubernetesError, match="pods is forbidden") as error:
        run(double, lambda kubernetes: kubernetes.list("/api/v1/pods"))
    assert error.value.status == 403


def test_a_server_that_does_not_answer_is_an_error() -> None:
    async def away() -> None:
        kubernetes = Kubernetes(Access(url="http://127.0.0.1:1"))
        try:
            await kubernetes.get("/api")
        finally:
            await kubernetes.close()

    with pytest.raises(KubernetesError, match="does not answer"):
        asyncio.run(away())
