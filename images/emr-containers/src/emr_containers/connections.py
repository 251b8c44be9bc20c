"""uvicorn's HTTP/1.1 protocol with what it lacks: a time within which a request must have come, and AWS's error shape.

Whoever sends half a request, a byte now and then or nothing at all takes a connection from the others, and needs no
key for it. So a request has a bounded time from the connection's opening, or from the answer before it, to its last
byte; and beyond `max_connections` a request is refused before anything is done for it.
"""

import asyncio
from typing import Any, cast

import h11
import structlog
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.h11_impl import H11Protocol

from emr_containers.answers import new_request_id, refusal
from emr_containers.exceptions import (
    ApiError,
    MalformedHttpRequestException,
    RequestTimeoutException,
    ThrottlingException,
)
from emr_containers.metrics import count_refused

log = structlog.get_logger()

_RECEIVING = (h11.IDLE, h11.SEND_BODY)
_CROWD = 2
"""Up to so many times the limit, connections are refused with an answer, which takes one; beyond, they are cut off."""


class Connection(H11Protocol):
    """One client's connection."""

    def __init__(self, *, max_connections: int, request_timeout: float, **uvicorn: Any) -> None:
        """Args:
        max_connections: connections that are served at the same time.
        request_timeout: seconds that a whole request may take to come.
        uvicorn: what uvicorn gives a protocol.
        """
        super().__init__(**uvicorn)
        self._max_connections = max_connections
        self._request_timeout = request_timeout
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        if len(self.connections) > _CROWD * self._max_connections:
            transport.abort()
            return
        if len(self.connections) > self._max_connections:
            self.app = cast(ASGI3Application, _throttle)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._unwatch()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """What uvicorn does with what has come, and whether more must."""
        super().handle_events()
        if self.conn.their_state in _RECEIVING and not self.transport.is_closing():
            self._watch()
        else:
            self._unwatch()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what is no HTTP."""
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
            self.transport.close()  # nothing was asked
            return
        self._refuse(
            RequestTimeoutException(f"The request did not come to its end within {self._request_timeout:g} seconds.")
        )

    def _refuse(self, error: ApiError) -> None:
        self._unwatch()
        if self.cycle is not None and not self.cycle.response_complete:
            # The application is told that the client is gone; what it began to answer cannot be taken back.
            begun, self.cycle.disconnected = self.cycle.response_started, True
            self.cycle.message_event.set()
            if begun:
                self.transport.close()
                return
        answer = refusal(error, request_id := new_request_id())
        log.info("refused", code=error.code, request=request_id)
        count_refused(error.status)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [*answer.raw_headers, (b"connection", b"close")]
            head = h11.Response(status_code=answer.status_code, headers=headers)
            for event in (head, h11.Data(data=bytes(answer.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


async def _throttle(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass  # to its end: an answer is lost with a connection that is closed while the client still sends
    error = ThrottlingException("The server has more connections than it serves; try again later.")
    answer = refusal(error, request_id := new_request_id())
    answer.headers["connection"] = "close"
    log.info("refused", code=error.code, request=request_id)
    count_refused(error.status)
    await answer(scope, receive, send)
