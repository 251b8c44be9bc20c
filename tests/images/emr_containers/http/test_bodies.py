"""The memory of request bodies: its accounts, and a server that is sent bodies which never end."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import psutil
import pytest
from emr_containers.exceptions import TooManyRequestsException
from emr_containers.http.bodies import BodyMemory
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import sign, signed
from support.waiting import until

MIB = 1024 * 1024
BODIES = 390


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.booleans()), max_size=60))
def test_what_bodies_hold_is_bounded_and_given_back(requests: list[tuple[str, int, bool]]) -> None:
    memory = BodyMemory(total=100, per_address=60)
    with ExitStack() as kept:
        held: dict[str, int] = {}
        for address, size, stays in requests:
            with ExitStack() as short:
                body = (kept if stays else short).enter_context(memory.body(address))
                try:
                    memory.take(address, size)
                except TooManyRequestsException:
                    assert held.get(address, 0) + size > 60 or sum(held.values()) + size > 100
                    continue
                body.counted += size
                assert memory.held <= 100
            if stays:
                held[address] = held.get(address, 0) + size
            assert memory.held == sum(held.values())
    assert memory.held == 0


@pytest.fixture
def unfinished() -> Iterator[Callable[[Server], None]]:
    """Sends a body of 1 MiB but for its last byte; the connection stays until the end."""
    opened: list[socket.socket] = []

    def send(server: Server) -> None:
        place = urlsplit(server.endpoint)
        client = socket.create_connection((place.hostname, place.port), timeout=30)
        opened.append(client)
        headers = sign(server.endpoint, "POST", "/virtualclusters", b"{}") | {"Content-Length": str(MIB)}
        headers["Authorization"] = headers["Authorization"][:-64] + "0" * 64  # the key's secret is not needed
        head = ["POST /virtualclusters HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        client.sendall("\r\n".join(head).encode())
        client.settimeout(5)
        with suppress(OSError):  # the server has closed it, or takes no more
            client.sendall(b" " * (MIB - 1))

    yield send
    for client in opened:
        client.close()


def test_case_5_bodies_that_never_end_hold_little_memory_and_keep_nobody_out(
    start_server: Callable[..., Server], unfinished: Callable[[Server], None]
) -> None:
    server = start_server()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    before = process.memory_info().rss
    for _ in range(BODIES):
        unfinished(server)
    refused = "code=TooManyRequestsException"
    until("most of the bodies are refused", lambda: server.log().count(f"event=refused {refused}") > BODIES / 2)
    # 390 MiB were sent. 64 are held, and the first 64 KiB of each; what malloc keeps of the rest differs.
    assert process.memory_info().rss - before < 250 * MIB
    # A usual request needs no place of that memory.
    answer = signed(server.endpoint, "POST", "/virtualclusters", b"{" + b" " * 50_000 + b"}")
    assert "Value null at 'name'" in answer.message
