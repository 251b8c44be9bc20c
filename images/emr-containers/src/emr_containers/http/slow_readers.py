"""Answers that their clients do not read: they hold memory and a connection for as long as the server lets them.

Bytes that a client has not taken lie in its connection's write buffer. A client that takes too few of them is cut off.
If all clients together leave too many, the one that has been behind for the longest time is cut off, so that the others
are served.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Protocol

STEP = 64 * 1024
"""Bytes that a client which is behind must take within each `timeout`."""
_MOST_UNREAD = 64 * 1024 * 1024
"""Bytes that all answers together may leave unread."""


class Timer(Protocol):
    """A call that will be made later, such as an event loop's."""

    def cancel(self) -> None:
        """Takes it back."""


class Reader:
    """The client of one connection as the reader of its answers. Belongs to one event loop."""

    def __init__(
        self, transport: asyncio.Transport, *, timeout: float, call_later: Callable[[float, Callable[[], None]], Timer]
    ) -> None:
        """Args:
        timeout: seconds within which a client that is behind must take the next step.
        call_later: as an event loop's.
        """
        self._transport, self._timeout, self._call_later = transport, timeout, call_later
        self._timer: Timer | None = None
        self._seen = 0
        self.behind_since: float | None = None
        """The time, in seconds since any fixed moment, since which bytes are unread; None: it has taken all."""
        transport.set_write_buffer_limits(high=0)  # the protocol is told of every unread byte

    @property
    def unread(self) -> int:
        """The bytes that the client has not taken."""
        return self._transport.get_write_buffer_size()

    def fall_behind(self) -> None:
        """Begins to watch the client: it has not taken all that was sent."""
        self.catch_up()
        self.behind_since = time.monotonic()
        self._watch()

    def catch_up(self) -> None:
        """Ends the watch: the client has taken all, or is gone."""
        self.behind_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def cut_off(self) -> None:
        """Ends the connection, and forgets what is unread."""
        self._transport.abort()

    def _watch(self) -> None:
        self._seen = self.unread
        self._timer = self._call_later(self._timeout, self._look)

    def _look(self) -> None:
        if self.unread > self._seen - STEP:
            self.cut_off()
        else:
            self._watch()


def cut_off_slowest(readers: Iterable[Reader]) -> None:
    """Cuts off the readers that have been behind for the longest time, until the others leave few enough bytes."""
    behind = [(since, reader) for reader in readers if (since := reader.behind_since) is not None]
    left = sum(reader.unread for _since, reader in behind)
    for _since, reader in sorted(behind, key=lambda each: each[0]):
        if left <= _MOST_UNREAD:
            return
        left -= reader.unread
        reader.cut_off()
