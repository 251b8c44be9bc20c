"""Scheduler and triggerer come after the API server, and come without it, too."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType


@contextmanager
def answering(*statuses: int) -> Iterator[tuple[str, list[int]]]:
    """A server's URL, and what it has answered: one status after the other, the last again and again."""
    given: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given.append(statuses[min(len(given), len(statuses) - 1)])
            self.send_response(given[-1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/health", given
        finally:
            server.shutdown()
            thread.join()


def test_an_api_server_that_answers_is_not_waited_for(await_api_server: ModuleType) -> None:
    with answering(200) as (url, given):
        assert await_api_server.wait(url) == "The API server answers after 0 s."
    assert given == [200]


def test_one_that_comes_up_is_waited_for(await_api_server: ModuleType) -> None:
    with answering(503, 200) as (url, given):
        assert "answers after" in await_api_server.wait(url)
    assert given == [503, 200]


def test_one_that_does_not_come_stops_nothing(await_api_server: ModuleType) -> None:
    with answering(503) as (url, given):
        said = await_api_server.wait(url, patience=1.5)
        assert said.startswith("The API server did not answer within 2 s; starting without it: HTTP Error 503")
    assert len(given) == 3
    # No server listens there now.
    assert "refused" in await_api_server.wait(url, patience=0)
