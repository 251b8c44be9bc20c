"""YuniKorn's REST API over HTTP, as far as the server asks it, with faults that a real one has not on demand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from images.emr_containers.runtimes.kubernetes.yunikorn_answers import Answer, tree

PARTITION = "/ws/v1/partition/default"


class FakeYuniKorn:
    """On a port of 127.0.0.1, in this event loop."""

    def __init__(self) -> None:
        self.tree: Answer | None = tree()
        self.nodes: list[Answer] = []
        self.applications: list[Answer] = []
        self.rejected: list[Answer] = []
        self.text: str | None = None
        """The answer to every request, instead of the usual ones."""
        self.status = 200
        self.slow = asyncio.Event()
        self.slow.set()
        self.requests: list[str] = []
        self.url = ""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeYuniKorn"]:
        application = web.Application()
        application.router.add_get("/{path:.*}", self._answer)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.slow.set()
            await runner.cleanup()

    def asked(self, path: str) -> int:
        """Returns the number of requests for this path."""
        return self.requests.count(f"{PARTITION}{path}")

    async def _answer(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        await self.slow.wait()
        if self.text is not None:
            return web.Response(text=self.text, status=self.status)
        if self.status != 200:
            return _error(self.status, "Partition not found")
        path = request.path.removeprefix(PARTITION)
        if path == "/queues" and self.tree is not None:
            return web.json_response(self.tree)
        if path == "/nodes":
            return web.json_response(self.nodes)
        if path == "/applications/rejected":
            return web.json_response(self.rejected)
        if path == "/applications/active":
            status = request.query["status"]
            return web.json_response([one for one in self.applications if one["applicationState"].lower() == status])
        found = [one for one in self.applications if path == f"/application/{one['applicationID']}"]
        return web.json_response(found[0]) if found else _error(404, "Application not found")


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"status_code": status, "message": message, "description": message}, status=status)
