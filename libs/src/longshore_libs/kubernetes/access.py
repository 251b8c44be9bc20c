"""The address of a cluster's API server, and the credentials for it."""

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Authorization = Callable[[], Awaitable[str | None]]
"""Returns the present value of the header `Authorization`; None for no header. Called for each request."""


async def _nobody() -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Access:
    """The address of an API server, and the credentials for it."""

    url: str
    tls: ssl.SSLContext | None = None
    """None: the system's certificate authorities."""
    authorization: Authorization = _nobody
    tls_name: str | None = None
    """The name that the certificate must have, if it is not the address's."""
    proxy: str | None = None
    trust_env: bool = False
    """True: the variables HTTPS_PROXY and NO_PROXY apply."""
