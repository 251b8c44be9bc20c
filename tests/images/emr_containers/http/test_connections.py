"""Connections that never end, are too many or are no HTTP: a server with short limits, met over sockets."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
import uvicorn
from emr_containers.http import connections
from emr_containers.server import configuration
from emr_containers.settings import Settings
from images.emr_containers.raw_http import Answer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from support.waiting import until

LIMIT, TIMEOUT = 3, 0.5
LARGE = 16 * 1024 * 1024
"""Bytes of an answer that no kernel takes off the server's hands."""


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def refuse(_request: Request) -> Response:
    return PlainTextResponse("no", status_code=413)  # before the body has come


async def slow(_request: Request) -> Response:
    await asyncio.sleep(3 * TIMEOUT)
    return PlainTextResponse("late")


async def large(_request: Request) -> Response:
    return PlainTextResponse(b"x" * LARGE)


@contextmanager
def serving(*, max_connections: int, request_timeout: float) -> Iterator[tuple[str, int]]:
    settings = Settings(
        state_directory=Path(),
        database_url="",
        releases={},
        max_connections=max_connections,
        request_timeout=request_timeout,
    )
    ends = (echo, refuse, slow, large)
    application = Starlette(routes=[Route(f"/{end.__name__}", end, methods=["POST"]) for end in ends])
    server = uvicorn.Server(configuration(application, settings))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield listener.getsockname()
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with serving(max_connections=LIMIT, request_timeout=TIMEOUT) as address:
        yield address


@pytest.fixture
def connect(address: tuple[str, int]) -> Iterator[Callable[[], socket.socket]]:
    opened: list[socket.socket] = []

    def new() -> socket.socket:
        opened.append(socket.create_connection(address, timeout=30))
        return opened[-1]

    yield new
    for client in opened:
        client.close()


def post(path: str, body: bytes = b"", *, length: int | None = None, connection: str = "keep-alive") -> bytes:
    size = len(body) if length is None else length
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\nContent-Length: {size}\r\n\r\n"
    return head.encode() + body


def everything(client: socket.socket) -> bytes:
    """Returns what the server sends until it closes the connection."""
    received = b""
    try:
        while chunk := client.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def answer(received: bytes) -> Answer:
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers | {"x-amzn-errortype": _code(head.decode())}, body)


def _code(head: str) -> str:
    return head.lower().partition("x-amzn-errortype: ")[2].split("\r\n")[0]


def test_a_request_that_does_not_end_is_answered_with_a_timeout(connect: Callable[[], socket.socket]) -> None:
    for half in (b"P", b"POST /echo HTTP/1.1\r\nHost: x\r\n", post("/echo", b"{", length=10)):
        client = connect()
        client.sendall(half)
        refused = answer(everything(client))
        assert (refused.status, refused.code) == (408, "requesttimeoutexception")
        assert refused.message == f"The request did not arrive completely within {TIMEOUT:g} seconds."
        assert refused.headers["x-amzn-requestid"]


def dribble(client: socket.socket) -> None:
    for _ in range(1000):
        client.sendall(b"x")
        time.sleep(0.03)


@pytest.mark.parametrize("begin", [b"POST /echo HTTP/1.1\r\nX: ", post("/echo", b"{", length=10_000)])
def test_a_byte_now_and_then_does_not_keep_a_connection(connect: Callable[[], socket.socket], begin: bytes) -> None:
    client = connect()
    client.sendall(begin)
    with pytest.raises(OSError):  # noqa: PT011  a broken pipe or a reset
        dribble(client)


def test_what_follows_an_early_answer_does_not_keep_a_connection_either(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(post("/refuse", b"x", length=10_000))
    assert b"413" in client.recv(65536)
    with pytest.raises(OSError):  # noqa: PT011
        dribble(client)


def test_a_connection_that_asks_nothing_is_closed_without_a_word(connect: Callable[[], socket.socket]) -> None:
    assert everything(connect()) == b""


def test_a_connection_that_goes_on_asking_is_kept(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    for _ in range(5):
        client.sendall(post("/echo", b"hello"))
        received = b""
        while not received.endswith(b"hello"):
            chunk = client.recv(65536)
            assert chunk, received
            received += chunk
        time.sleep(TIMEOUT / 2)


def test_requests_that_come_together_are_all_answered(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(post("/echo", b"one") + post("/slow") + post("/echo", b"two", connection="close"))
    received = everything(client)
    assert [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"one",
        b"late",
        b"two",
    ]


def test_an_answer_may_take_longer_than_a_request(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(post("/slow", connection="close"))
    assert everything(client).endswith(b"late")


def test_beyond_the_limit_a_request_is_throttled_and_beyond_that_cut_off(
    connect: Callable[[], socket.socket],
) -> None:
    busy = [connect() for _ in range(LIMIT)]
    for client in busy:
        client.sendall(post("/slow", connection="close"))
    for body in (b"", b"x" * 100_000):
        client = connect()
        client.sendall(post("/echo", body))
        refused = answer(everything(client))
        assert (refused.status, refused.code) == (400, "throttlingexception")
        assert refused.headers["connection"] == "close"
    crowd = [connect() for _ in range(2 * LIMIT)]
    assert _asked(connect) == b""
    for client in busy:
        assert everything(client).endswith(b"late")
    for client in crowd:
        client.close()
    answered = until("there is room again", lambda: _asked(connect).partition(b"200 OK")[2])
    assert answered.endswith(b"hello")


def test_one_address_leaves_connections_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    # All addresses of this machine are loopback ones, which are not bounded.
    monkeypatch.setattr(connections, "_bounded_group", lambda client: client[0])
    with serving(max_connections=8, request_timeout=30) as address, ExitStack() as opened:

        def connect_from(source: str) -> socket.socket:
            client = socket.create_connection(address, timeout=30, source_address=(source, 0))
            return opened.enter_context(closing(client))

        for _ in range(2):
            connect_from("127.0.0.2").sendall(b"P")
        assert answer(_asked(lambda: connect_from("127.0.0.2"))).code == "throttlingexception"
        for _ in range(2):  # twice its share, and the refused ones take no room from others
            connect_from("127.0.0.2").sendall(b"P")
        assert _asked(lambda: connect_from("127.0.0.2")) == b""
        for source in ("127.0.0.3", "127.0.0.4", "127.0.0.5"):
            for _ in range(2):
                client = connect_from(source)
                client.sendall(post("/echo", b"hello"))
                assert b"200 OK" in client.recv(65536)


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("127.0.0.1", None),
        ("::1", None),
        ("::ffff:127.0.0.1", None),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
    ],
)
def test_a_loopback_address_is_not_bounded(address: str, group: str | None) -> None:
    assert connections._bounded_group((address, 1)) == group


def _asked(connect: Callable[[], socket.socket]) -> bytes:
    with closing(connect()) as client:
        with suppress(OSError):
            client.sendall(post("/echo", b"hello", connection="close"))
        return everything(client)


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a size\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX\x00: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 50_000,
    ],
)
def test_what_is_no_http_is_said_in_awss_shape(connect: Callable[[], socket.socket], sent: bytes) -> None:
    client = connect()
    try:
        client.sendall(sent)
    except OSError:
        return  # cut off in the middle, which says it too
    received = everything(client)
    if received:  # a reset may have taken the answer to what was still being sent
        assert (answer(received).status, answer(received).code) == (400, "malformedhttprequestexception")


def test_a_websocket_is_not_offered(connect: Callable[[], socket.socket]) -> None:
    client = connect()
    client.sendall(
        b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert b" 405 " in everything(client)
