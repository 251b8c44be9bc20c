"""Pages of a job run's lines from a stand-in of VictoriaLogs; tests/helm/observability/processes has the real one."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from emr_containers.runtimes.logs.collected import CollectedLine, LogStoreError, collected_lines
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = 1_796_000_000


class Store(ThreadingHTTPServer):
    """It sorts what it holds by time, and answers with as many rows as the query wants from its start on."""

    moments: list[int]
    """By line, the nanosecond in which it was written."""
    answer: tuple[int, str] | None = None
    """Status and text of each answer, if it is wrong."""
    asked: list[dict[str, str]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Store

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = {name: values[0] for name, values in parse_qs(body).items()}
        self.server.asked.append(fields)
        status, text = self.server.answer or (200, self._rows(fields))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass

    def _rows(self, fields: dict[str, str]) -> str:
        (limit,) = re.findall(r"limit (\d+)$", fields["query"])
        start = int(fields["start"].removesuffix("Z").partition(".")[2]) if "Z" in fields["start"] else -1
        rows = sorted((at, number) for number, at in enumerate(self.server.moments) if at >= start)[: int(limit)]
        return "".join(f"{json.dumps({'_time': f'2026-12-01T00:00:00.{at:09}Z', '_msg': str(n)})}\n" for at, n in rows)


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    server = Store(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def read(store: Store, *, page: int = 5000, until: float | None = None) -> list[CollectedLine]:
    return list(collected_lines(store.url, namespace="jobs", job_run="0001", since=NOW, until=until, page=page))


@settings(max_examples=60, deadline=None)
@given(moments=st.lists(st.integers(0, 8), max_size=30), page=st.integers(2, 12))
def test_every_line_comes_once_in_its_order_or_the_reading_is_refused(
    store: Store, moments: list[int], page: int
) -> None:
    store.moments, store.answer = moments, None
    try:
        found = read(store, page=page)
    except LogStoreError as error:
        assert max(moments.count(at) for at in moments) >= page, error  # noqa: PT017  it may be raised
    else:
        assert [int(line.line) for line in found] == sorted(range(len(moments)), key=lambda n: (moments[n], n))


def test_only_lines_of_the_run_in_its_namespace_and_time_are_asked_for(store: Store) -> None:
    store.moments, store.answer = [], None
    store.asked.clear()
    assert read(store, until=NOW + 1.5) == []
    (asked,) = store.asked
    assert asked["query"].startswith('k8s.namespace.name:="jobs" job_run:="0001" | fields ')
    assert (asked["start"], asked["end"]) == ("1796000000.000", "1796000001.500")


@pytest.mark.parametrize(
    ("answer", "message"),
    [((503, "no room"), "answers 503: no room"), ((200, "<html>"), "does not answer as VictoriaLogs does")],
)
def test_a_store_that_is_wrong_is_said_by_its_address(store: Store, answer: tuple[int, str], message: str) -> None:
    store.answer = answer
    with pytest.raises(LogStoreError, match=f"{store.url} {message}"):
        read(store)
