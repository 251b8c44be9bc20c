"""An API server behind TLS, which notes what it is asked, and a pod's service account for it."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from transfers.certificates import authority, signed


@dataclass
class ApiServer:
    """Answers everything alike."""

    account: Path
    """The folder of the service account that a pod would have."""
    answer: Any = field(default_factory=dict)
    status: int = 200
    stream: tuple[bytes, ...] = ()
    """The pieces of the answer to a watch."""
    asked: list[web.BaseRequest] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.asked.append(request)
        self.bodies.append(json.loads(raw) if raw else None)
        if "watch" not in request.query:
            return web.json_response(self.answer, status=self.status)
        response = web.StreamResponse(status=self.status)
        await response.prepare(request)
        for piece in self.stream:
            await response.write(piece)
        return response

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Yields the port."""
        root = authority("kubernetes")
        own = signed(root, "kube-apiserver", hosts=("127.0.0.1",))
        root.write_certificate(self.account / "ca.crt")
        own.write_certificate(self.account / "server.crt")
        own.write_key(self.account / "server.key")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self.account / "server.crt", self.account / "server.key")
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self.handle)
        server = TestServer(application, host="127.0.0.1", scheme="https")
        await server.start_server(ssl=tls)
        try:
            yield server.port or 0
        finally:
            await server.close()
