"""The Kubernetes API and S3 over HTTP, as far as the runtime asks them, with faults that a real one has not on demand.

It keeps objects and tells watches of them; what a controller, a scheduler or a kubelet would do, a test does.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from support.waiting import until_async

Object = dict[str, Any]


async def _at_once(_step: str) -> None:
    """Keeps no request waiting."""


class FakeCluster:
    """Both servers on one port of 127.0.0.1, in this event loop."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Object]] = defaultdict(dict)
        """By kind (`jobs`, `pods`, `events`, `nodes`), then by name."""
        self.logs: dict[str, list[str]] = defaultdict(list)
        """Stamped lines by pod; the log of a pod that runs goes on."""
        self.stored: dict[str, bytes] = {}
        """S3's objects by bucket and key."""
        self.requests: list[str] = []
        self.forbidden: set[str] = set()
        """The kinds that may not be read."""
        self.patches_refused: int | None = None
        """The HTTP status that changes of objects are answered with."""
        self.away = False
        """Every connection breaks."""
        self.store_status = 200
        """The HTTP status with which S3 answers."""
        self.step: Callable[[str], Awaitable[None]] = _at_once
        """Is awaited `before POST` and `after POST` of an object, and so with PATCH: a test may let the API be slow."""
        self.begun: list[str] = []
        """The UIDs of the Jobs that were ever allowed to have a pod."""
        self.url = ""
        self._version = 100
        self._watches: set[tuple[str, asyncio.Queue[Object | None]]] = set()
        self._history: list[tuple[int, str, Object]] = []

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["FakeCluster"]:
        application = web.Application(client_max_size=2**24)
        for path in ("/api/v1/", "/apis/batch/v1/"):
            application.router.add_route("*", path + "{kind:nodes}", self._kind)
            application.router.add_route("*", path + "namespaces/{namespace}/{kind}", self._kind)
            application.router.add_route("*", path + "namespaces/{namespace}/{kind}/{name}", self._named)
            application.router.add_get(path + "namespaces/{namespace}/pods/{name}/log", self._log)
        application.router.add_route("*", "/{key:.*}", self._store)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.end_watches()
            await runner.cleanup()

    def put(self, kind: str, item: Object) -> None:
        """Makes or changes an object."""
        known = item["metadata"]["name"] in self.objects[kind]
        self.objects[kind][item["metadata"]["name"]] = item
        self._tell(kind, "MODIFIED" if known else "ADDED", item)

    def remove(self, kind: str, name: str) -> None:
        """Takes an object away."""
        self._tell(kind, "DELETED", self.objects[kind].pop(name))

    def write(self, pod: str, *lines: str) -> None:
        """Adds stamped lines to a pod's log."""
        self.logs[pod] += lines

    def go_away(self) -> None:
        """Breaks every connection, and all that come, until `away` is False again."""
        self.away = True
        self.end_watches()

    def watched(self, kind: str) -> bool:
        """Returns True if a watch of this kind is open."""
        return any(watched == kind for watched, _ in self._watches)

    def end_watches(self) -> None:
        """Ends each watch, as the API does after its time."""
        for _, queue in self._watches:
            queue.put_nowait(None)

    def expire_watches(self) -> None:
        """Says to each watch that it is too far behind."""
        status = {"code": 410, "reason": "Expired", "message": "too old resource version"}
        for _, queue in self._watches:
            queue.put_nowait({"type": "ERROR", "object": status})
            queue.put_nowait(None)

    async def until(self, happened: Any) -> None:
        """Until something is so."""
        await until_async(lambda: f"what the test waits for, after {self.requests[-5:]}", happened)

    def _tell(self, kind: str, change: str, item: Object) -> None:
        self._version += 1
        event = {"type": change, "object": json.loads(json.dumps(item))}
        self._history.append((self._version, kind, event))
        for watched, queue in self._watches:
            if watched == kind:
                queue.put_nowait(event)

    def _begin(self, request: web.Request, kind: str) -> web.Response | None:
        if self.away:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        self.requests.append(f"{request.method} {request.path}")
        return _status(403, "Forbidden", f"{kind} is forbidden") if kind in self.forbidden else None

    async def _kind(self, request: web.Request) -> web.StreamResponse:
        kind = request.match_info["kind"]
        if (refusal := self._begin(request, kind)) is not None:
            return refusal
        if request.method == "POST":
            return await self._post(request, kind)
        if request.method == "DELETE":
            for name in [name for name, item in self.objects[kind].items() if _selected(request, item)]:
                self.remove(kind, name)
            return web.json_response({})
        if "watch" in request.query:
            return await self._watch(request, kind)
        items = [item for item in self.objects[kind].values() if _selected(request, item)]
        return web.json_response({"metadata": {"resourceVersion": str(self._version)}, "items": items})

    async def _post(self, request: web.Request, kind: str) -> web.Response:
        item = await request.json()
        await self.step("before POST")
        if item["metadata"]["name"] in self.objects[kind]:
            return _status(409, "AlreadyExists", "it exists")
        item["metadata"]["uid"] = f"uid-{self._version}"
        self.put(kind, item)
        self._note_begun(item)
        await self.step("after POST")
        return web.json_response(item, status=201)

    def _note_begun(self, item: Object) -> None:
        uid, spec = item["metadata"]["uid"], item["spec"]
        if spec.get("parallelism") and not spec.get("suspend") and uid not in self.begun:
            self.begun.append(uid)

    async def _watch(self, request: web.Request, kind: str) -> web.StreamResponse:
        queue: asyncio.Queue[Object | None] = asyncio.Queue()
        for version, changed, event in self._history:
            if changed == kind and version > int(request.query["resourceVersion"]):
                queue.put_nowait(event)
        watch = (kind, queue)
        self._watches.add(watch)
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while (said := await queue.get()) is not None:
                await response.write(json.dumps(said).encode() + b"\n")
        finally:
            self._watches.discard(watch)
        if self.away and request.transport is not None:
            request.transport.abort()
        return response

    async def _named(self, request: web.Request) -> web.Response:
        kind, name = request.match_info["kind"], request.match_info["name"]
        if (refusal := self._begin(request, kind)) is not None:
            return refusal
        item = self.objects[kind].get(name)
        if item is None:
            return _status(404, "NotFound", f"{name} not found")
        if request.method == "DELETE":
            for pod in [pod for pod in self.objects["pods"] if pod.startswith(name)]:
                self.remove("pods", pod)
            self.remove(kind, name)
        if request.method == "PATCH":
            await self.step("before PATCH")
            if name not in self.objects[kind]:
                return _status(404, "NotFound", f"{name} not found")
            item = self.objects[kind][name]
            if self.patches_refused is not None:
                return _status(self.patches_refused, "Refused", "patches are refused")
            change = await request.json()
            if change.get("metadata", {}).get("uid", item["metadata"]["uid"]) != item["metadata"]["uid"]:
                return _status(422, "Invalid", "metadata.uid: field is immutable")
            item["spec"] |= change["spec"]
            self._note_begun(item)
            await self.step("after PATCH")
        return web.json_response(item)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if (refusal := self._begin(request, "pods/log")) is not None:
            return refusal
        response = web.StreamResponse()
        await response.prepare(request)
        since, sent = request.query.get("sinceTime", ""), 0
        while True:
            for line in self.logs[name][sent:]:
                if line[:19] >= since[:19]:
                    await response.write(f"{line}\n".encode())
            sent = len(self.logs[name])
            goes_on = name in self.objects["pods"] and self.objects["pods"][name]["status"]["phase"] == "Running"
            if self.away:
                assert request.transport is not None
                request.transport.abort()
                return response
            if request.query["follow"] == "false" or not goes_on:
                return response
            await asyncio.sleep(0.01)

    async def _store(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} s3 {request.path}")
        if self.store_status != 200:
            return web.Response(status=self.store_status, text="<Error><Code>Fault</Code></Error>")
        key = request.path.removeprefix("/")
        if request.method == "PUT":
            if request.headers.get("If-None-Match") == "*" and key in self.stored:
                return web.Response(status=412, text="<Error><Code>PreconditionFailed</Code></Error>")
            self.stored[key] = await request.read()
            return web.Response()
        if request.method == "DELETE":
            del self.stored[key]
            return web.Response(status=204)
        if "list-type" in request.query:
            start = f"{key}/{request.query['prefix']}"
            found = [each.removeprefix(f"{key}/") for each in self.stored if each.startswith(start)]
            entries = "".join(f"<Contents><Key>{each}</Key></Contents>" for each in found)
            return web.Response(text=f"<ListBucketResult>{entries}</ListBucketResult>", content_type="application/xml")
        if key not in self.stored:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        return web.Response(body=self.stored[key])


def _selected(request: web.Request, item: Object) -> bool:
    labels = item["metadata"].get("labels", {})
    for term in filter(None, request.query.get("labelSelector", "").split(",")):
        name, _, value = term.partition("=")
        if name not in labels or (value and labels[name] != value):
            return False
    return True


def _status(code: int, reason: str, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "reason": reason, "message": message}, status=code)
