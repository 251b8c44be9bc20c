"""A pod of a cluster whose API server is a real one behind TLS."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from libs.kubernetes.api_server import ApiServer

InPod = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture
def api_server(tmp_path: Path) -> ApiServer:
    (tmp_path / "token").write_text("first")
    return ApiServer(account=tmp_path)


@pytest.fixture
def in_pod(api_server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> InPod:
    """Runs a coroutine in a process that has a pod's variables."""

    def run(test: Callable[[], Awaitable[Any]]) -> Any:
        async def serve() -> Any:
            async with api_server.serving() as port:
                monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
                monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
                return await test()

        return asyncio.run(serve())

    return run
