"""Clients that do not read their answers: they are cut off, and those who read slowly are not."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import cast

import pytest
from emr_containers.http.slow_readers import STEP, Reader
from hypothesis import given, settings
from hypothesis import strategies as st
from images.emr_containers.http.test_connections import LARGE, LIMIT, TIMEOUT, everything, post, serving
from support.waiting import until

CROWD = 6
"""Clients whose unread answers are more than the server keeps, although the kernel takes some of each."""


class Clients:
    """Clients of one server, each of which has asked for a large answer."""

    def __init__(self, address: tuple[str, int], opened: ExitStack) -> None:
        self._address, self._opened = address, opened

    def ask(self) -> socket.socket:
        client = self._opened.enter_context(closing(socket.create_connection(self._address, timeout=30)))
        client.sendall(post("/large", connection="close"))
        return client

    def is_answered(self) -> bool:
        """Returns True if another client is served."""
        with closing(socket.create_connection(self._address, timeout=30)) as client:
            client.sendall(post("/echo", b"hello", connection="close"))
            return everything(client).endswith(b"hello")


@contextmanager
def clients_of(*, max_connections: int, request_timeout: float) -> Iterator[Clients]:
    with (
        serving(max_connections=max_connections, request_timeout=request_timeout) as address,
        ExitStack() as opened,
    ):
        yield Clients(address, opened)


def rest(client: socket.socket) -> int:
    """Returns how many bytes come until the connection is closed."""
    received = 0
    with suppress(ConnectionResetError):
        while chunk := client.recv(2**20):
            received += len(chunk)
    return received


@pytest.mark.parametrize("taken", [0, 1, 100])
def test_clients_that_do_not_read_their_answers_keep_nobody_out(taken: int) -> None:
    with clients_of(max_connections=LIMIT, request_timeout=TIMEOUT) as clients:
        asked = [clients.ask() for _ in range(LIMIT)]

        def there_is_room() -> bool:
            for client in asked if taken else ():
                with suppress(ConnectionResetError):
                    client.recv(taken)  # now and then a little
            return clients.is_answered()

        until("the clients are cut off", there_is_room, every=0.1)
        assert any(rest(client) < LARGE for client in asked)


class Line:
    """A connection's transport, and the event loop's timer: a test says what the client takes, and when time is up."""

    def __init__(self, unread: int) -> None:
        self.unread, self.cut_off, self.time_is_up = unread, False, lambda: None

    def set_write_buffer_limits(self, *, high: int) -> None:
        assert high == 0

    def get_write_buffer_size(self) -> int:
        return self.unread

    def abort(self) -> None:
        self.cut_off = True

    def call_later(self, seconds: float, call: Callable[[], None]) -> "Line":
        assert seconds == 60
        self.time_is_up = call
        return self

    def cancel(self) -> None:
        self.time_is_up = lambda: None


@settings(derandomize=True)
@given(st.lists(st.integers(0, 2 * STEP), max_size=12))
def test_a_client_that_reads_slowly_is_cut_off_only_where_it_takes_too_little_in_its_time(taken: list[int]) -> None:
    line = Line(unread=LARGE)
    reader = Reader(cast(asyncio.Transport, line), timeout=60, call_later=line.call_later)
    reader.fall_behind()
    for step, size in enumerate(taken):
        line.unread -= size
        line.time_is_up()
        assert line.cut_off == any(before < STEP for before in taken[: step + 1])
        if line.cut_off:
            return
    reader.catch_up()
    line.time_is_up()
    assert not line.cut_off


def test_the_client_that_is_behind_for_longest_makes_room_for_the_others() -> None:
    with clients_of(max_connections=20, request_timeout=30) as clients:
        asked = []
        for _ in range(CROWD):
            asked.append(clients.ask())
            asked[-1].recv(1)  # so that they come one after the other
        assert rest(asked[0]) < LARGE
        assert rest(asked[-1]) >= LARGE
