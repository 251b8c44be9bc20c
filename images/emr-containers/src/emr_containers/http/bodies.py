"""The memory that request bodies take, which anybody may ask for who knows the name of a key."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

from emr_containers.exceptions import RequestEntityTooLargeException, TooManyRequestsException

FREE = 64 * 1024
"""Bytes of a body that need no place: the memory of large bodies never keeps a usual request out."""


class BodyMemory:
    """The bytes that bodies hold, in total and of each address. For one thread."""

    def __init__(self, *, total: int, per_address: int) -> None:
        """Args:
        total: bytes that all bodies may hold, beside each one's first `FREE`.
        per_address: bytes that those from one address may hold.
        """
        self._total, self._per_address = total, per_address
        self._held: Counter[str] = Counter()
        self.held = 0
        """Bytes that bodies hold now, beside each one's first `FREE`."""

    @contextmanager
    def body(self, address: str) -> Iterator["Body"]:
        """Gives an empty body from `address`; what it holds is given back when the context is left."""
        body = Body(self, address)
        try:
            yield body
        finally:
            self.give_back(address, body.counted)

    def take(self, address: str, size: int) -> None:
        """Takes `size` more bytes for a body from `address`.

        Raises:
            TooManyRequestsException: there is no room for them.
        """
        if self._held[address] + size > self._per_address or self.held + size > self._total:
            whose = "this address" if self._held[address] + size > self._per_address else "all addresses"
            raise TooManyRequestsException(
                f"The unfinished requests of {whose} hold as much memory as the server gives them; send fewer large "
                "requests at the same time."
            )
        self._held[address] += size
        self.held += size

    def give_back(self, address: str, size: int) -> None:
        """Gives back what `take` took."""
        self.held -= size
        self._held[address] -= size
        if not self._held[address]:
            del self._held[address]


class Body:
    """One request's body as it comes."""

    def __init__(self, memory: BodyMemory, address: str) -> None:
        self._memory, self._address = memory, address
        self.counted = 0
        """Bytes beside the first `FREE`."""

    async def read(self, request: Request, limit: int) -> bytes:
        """Returns the whole of the request's body.

        Args:
            limit: in bytes.

        Raises:
            RequestEntityTooLargeException: the body is larger.
            TooManyRequestsException: there is no memory for it.
        """
        content = bytearray()
        async for chunk in request.stream():
            if len(content) + len(chunk) > limit:
                raise RequestEntityTooLargeException(f"The request body is larger than {limit} bytes.")
            more = len(content) + len(chunk) - FREE - self.counted
            if more > 0:
                self._memory.take(self._address, more)
                self.counted += more
            content += chunk
        return bytes(content)
