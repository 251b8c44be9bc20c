"""Requests a second of each key and each address: a token bucket each."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from emr_containers.exceptions import TooManyRequestsException

_BURST_SECONDS = 2
"""A bucket holds the requests of so many seconds."""
_MOST_BUCKETS = 10_000
"""Buckets that are remembered; the ones that were used least recently are forgotten, and are full again."""
_NETWORK = 64
"""The bits of an IPv6 address that one host has to itself (RFC 4291, 2.5.4)."""


def address_group(address: str) -> str:
    """Returns the part of an address that one host cannot change: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _NETWORK), strict=False))


class RateLimiter:
    """The buckets of all keys, or of all addresses. For one thread."""

    def __init__(self, per_second: float | None, *, now: Callable[[], float] = time.monotonic) -> None:
        """Args:
        per_second: requests a second that each may send; None: any number.
        now: seconds since any fixed moment.
        """
        self._per_second, self._now = per_second, now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str, *, subject: str) -> None:
        """Takes one request out of the bucket of `who`.

        Args:
            subject: what a refusal calls `who`.

        Raises:
            TooManyRequestsException: the bucket is empty.
        """
        if self._per_second is None:
            return
        now, size = self._now(), max(1.0, _BURST_SECONDS * self._per_second)
        left, since = self._buckets.pop(who, (size, now))
        left = min(size, left + (now - since) * self._per_second)
        allowed = left >= 1
        self._buckets[who] = (left - 1 if allowed else left, now)
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if not allowed:
            raise TooManyRequestsException(
                f"{subject} sends more than {self._per_second:g} requests a second; send fewer, or raise the server's "
                "--requests-per-second."
            )
