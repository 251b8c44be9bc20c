"""A real HTTP proxy before the job server, which throttles as AWS does, or keeps an answer back."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

THROTTLING = {"message": "Rate exceeded"}


@dataclass
class Proxy:
    """A proxy's faults and requests, by operation: StartJobRun, ListJobRuns, DescribeJobRun, CancelJobRun."""

    target: str
    url: str = ""
    throttled: dict[str, int] = field(default_factory=dict)
    """Number of the next requests that are answered with ThrottlingException, and not passed on."""
    held: dict[str, threading.Event] = field(default_factory=dict)
    """Answers that are kept back, after the request was passed on, until the event is set."""
    asked: list[tuple[str, float]] = field(default_factory=list)
    """Every request, with its time (monotonic)."""
    refused: list[float] = field(default_factory=list)
    """The times at which requests were throttled (monotonic)."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def times(self, operation: str) -> list[float]:
        return [when for what, when in self.asked if what == operation]

    def throttles(self, operation: str) -> bool:
        with self._lock:
            now = time.monotonic()
            self.asked.append((operation, now))
            if self.throttled.get(operation, 0) == 0:
                return False
            self.throttled[operation] -= 1
            self.refused.append(now)
            return True


def _operation(method: str, path: str) -> str:
    if not path.endswith("/jobruns"):
        return {"GET": "DescribeJobRun", "DELETE": "CancelJobRun"}[method]
    return {"GET": "ListJobRuns", "POST": "StartJobRun"}[method]


class _Handler(BaseHTTPRequestHandler):
    proxy: Proxy

    def _pass_on(self) -> None:
        operation = _operation(self.command, urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.proxy.throttles(operation):
            self._answer(400, json.dumps(THROTTLING).encode(), {"x-amzn-ErrorType": "ThrottlingException"})
            return
        server = http.client.HTTPConnection(urlsplit(self.proxy.target).netloc, timeout=30)
        # With the Host that the client has signed.
        server.request(self.command, self.path, body, dict(self.headers))
        answer = server.getresponse()
        data = answer.read()
        server.close()
        if operation in self.proxy.held:
            self.proxy.held[operation].wait()
        kept = ("Content-Type", "x-amzn-ErrorType")
        self._answer(answer.status, data, {name: of for name in kept if (of := answer.headers[name])})

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # who has asked is dead

    do_GET = do_POST = do_DELETE = _pass_on  # noqa: N815  the names that BaseHTTPRequestHandler calls

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def proxy_to(target: str) -> Iterator[Proxy]:
    """A running proxy to the server at `target`."""
    proxy = Proxy(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": proxy}))
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        for event in proxy.held.values():
            event.set()
        server.shutdown()
        server.server_close()
        thread.join()
