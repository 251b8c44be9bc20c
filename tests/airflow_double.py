"""A stand-in for Airflow's REST API on loopback: what it answers is a test's."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[dict[str, str]], Any]


@dataclass
class AirflowDouble:
    """Rows and objects by path."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    """By method and path below `/api/v2/`, `GET dags`; a list is given in pages, as the member that `GET` names; what
    is callable is asked each time, with the query or the body."""
    requests: list[tuple[str, Any]] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    """Status codes of the next answers."""

    def answer(self, method: str, target: str, body: Any, token: str) -> tuple[int, Any]:
        path = urlsplit(target).path
        query = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        if self.failures:
            return self.failures.pop(0), {"detail": "on purpose"}
        if path == "/auth/token":
            known = method == "GET" or body == {"username": "admin", "password": "password"}
            return (201, {"access_token": "token"}) if known else (401, {"detail": "Invalid credentials"})
        if token != "Bearer token":
            return 401, {"detail": "Not authenticated"}
        key = f"{method} {path.removeprefix('/api/v2/')}"
        self.requests.append((key, query or body))
        if key not in self.answers:
            return 404, {"detail": f"no {key}"}
        found = self.answers[key]
        found = found(query or body) if callable(found) else found
        if isinstance(found, list):
            member = {"dags": "dags", "importErrors": "import_errors"}[path.rsplit("/", 1)[-1]]
            start = int(query["offset"])
            page = found[start : start + min(int(query["limit"]), 2)]  # pages of two rows
            return 200, {member: page, "total_entries": len(found)}
        return 200, found


@contextmanager
def airflow_double() -> Iterator[AirflowDouble]:
    """One that answers until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, answer = double.answer(self.command, self.path, body, self.headers.get("Authorization", ""))
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815  the names that BaseHTTPRequestHandler calls

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double = AirflowDouble(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
