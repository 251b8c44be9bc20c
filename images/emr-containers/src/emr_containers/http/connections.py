"""uvicorn's HTTP/1.1 protocol with deadlines for a request to arrive and an answer to be read, and AWS's error shape.

A client that sends half a request, a byte now and then or nothing at all takes a connection from the others, and needs
no key to do so. Therefore the last byte of a request must arrive within a limited time after the connection was opened,
or after the answer before it. Requests on connections beyond `max_connections` are refused before any work is done, and
so are those of one address beyond its share, so that it leaves room for others. A loopback address may have all. A
client that does not read its answers is cut off (`slow_readers`).
"""

import asyncio
from typing import Any, cast

import h11
import structlog
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.h11_impl import H11Protocol

from emr_containers.exceptions import (
    ApiError,
    MalformedHttpRequestException,
    RequestTimeoutException,
    ThrottlingException,
)
from emr_containers.http.answers import error_response, new_request_id
from emr_containers.http.rates import address_group
from emr_containers.http.slow_readers import Reader, cut_off_slowest
from emr_containers.metrics import count_refused

log = structlog.get_logger()

_RECEIVING = (h11.IDLE, h11.SEND_BODY)
_CROWD = 2
"""Up to this many times the limit, connections get an answer that refuses them; beyond, they are cut off."""
_SHARES = 4
"""One address may have the limit divided by this."""


class Connection(H11Protocol):
    """One client's connection."""

    def __init__(self, *, max_connections: int, request_timeout: float, **uvicorn: Any) -> None:
        """Args:
        max_connections: connections that are served at the same time.
        request_timeout: seconds within which a whole request must arrive, and a part of an answer must be read.
        uvicorn: the arguments that uvicorn passes to a protocol.
        """
        super().__init__(**uvicorn)
        self._max_connections = max_connections
        self._request_timeout = request_timeout
        self._deadline: asyncio.TimerHandle | None = None
        self._group: str | None = None
        self._served = False
        self._reader: Reader | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._reader = Reader(transport, timeout=self._request_timeout, call_later=self.loop.call_later)
        self._group = _bounded_group(self.client)
        others = [each for each in self.connections if isinstance(each, Connection) and each is not self]
        bounds = [(others, self._max_connections)]
        if self._group is not None:
            own = [each for each in others if each._group == self._group]
            bounds.append((own, max(1, self._max_connections // _SHARES)))
        if any(len(group) >= _CROWD * most for group, most in bounds):
            transport.abort()
            return
        # A refused connection takes no room from those that are served.
        self._served = all(sum(each._served for each in group) < most for group, most in bounds)
        if not self._served:
            self.app = cast(ASGI3Application, _throttle)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._unwatch()
        if self._reader is not None:
            self._reader.catch_up()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Notes that the client has not taken all of its answer; see `asyncio.Protocol`."""
        super().pause_writing()
        if self._reader is not None:
            self._reader.fall_behind()
            all_readers = (each._reader for each in self.connections if isinstance(each, Connection))
            cut_off_slowest(reader for reader in all_readers if reader is not None)

    def resume_writing(self) -> None:
        """Notes that the client has taken all; see `asyncio.Protocol`."""
        if self._reader is not None:
            self._reader.catch_up()
        super().resume_writing()

    def handle_events(self) -> None:
        """Handles the events as uvicorn does, and starts or stops the deadline for the rest of a request."""
        super().handle_events()
        if self.conn.their_state in _RECEIVING and not self.transport.is_closing():
            self._watch()
        else:
            self._unwatch()

    def send_400_response(self, msg: str) -> None:
        """Answers a request that is not HTTP, instead of uvicorn's own answer."""
        self._refuse(MalformedHttpRequestException(msg))

    def _watch(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._request_timeout, self._expire)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            self.transport.close()  # no request has begun
            return
        self._refuse(
            RequestTimeoutException(f"The request did not arrive completely within {self._request_timeout:g} seconds.")
        )

    def _refuse(self, error: ApiError) -> None:
        self._unwatch()
        if self.cycle is not None and not self.cycle.response_complete:
            # The application must see a disconnected client; an answer that has begun cannot be taken back.
            begun, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
            if begun:
                self.transport.close()
                return
        answer = error_response(error, request_id := new_request_id())
        log.info("refused", code=error.code, request=request_id)
        count_refused(error.status)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [*answer.raw_headers, (b"connection", b"close")]
            head = h11.Response(status_code=answer.status_code, headers=headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def _bounded_group(client: tuple[str, int] | None) -> str | None:
    """Returns the group of a client's address; None for a loopback address or a socket without one."""
    if client is None or client[0] == "::1":
        return None
    group = address_group(client[0])
    return None if group.startswith("127.") else group


async def _throttle(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass  # read to the end: closing a connection while the client still sends would lose the answer
    error = ThrottlingException("The server has too many connections; try again later.")
    answer = error_response(error, request_id := new_request_id())
    answer.headers["connection"] = "close"
    log.info("refused", code=error.code, request=request_id)
    count_refused(error.status)
    await answer(scope, receive, send)
