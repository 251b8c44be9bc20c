"""Requests to one cluster's API server."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.answers import WatchLines, parse_answer

_SECONDS = 30.0
"""The time limit of an answer. The API server itself gives up after 60 s."""
_SILENCE_SECONDS = 120.0
"""The time after which a silent stream counts as lost."""
_READ_BUFFER = 2**21
"""Bytes that may wait to be read: more than etcd's largest object."""
JSON, MERGE, APPLY = "application/json", "application/merge-patch+json", "application/apply-patch+yaml"
CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""Errors of the connection to the API server, and of reading our token; the API server has not refused the request."""

Query = Mapping[str, str | int | bool]


def is_transient(error: Exception) -> bool:
    """Returns True if a retry may succeed: the API server is unavailable or overloaded, or got an old token."""
    if isinstance(error, KubernetesError):
        return error.status in (401, 408, 429) or error.status >= 500
    return isinstance(error, CONNECTION_ERRORS)


class Client:
    """Requests to one cluster. It connects with its first request, and belongs to that request's event loop.

    All methods raise:
        KubernetesError: the API server refused the request.
        aiohttp.ClientError, TimeoutError, OSError: it did not answer, or we have no token (`CONNECTION_ERRORS`).

    Args:
        seconds: the time limit of an answer.
    """

    def __init__(self, access: Access, *, seconds: float = _SECONDS) -> None:
        self._access, self._seconds = access, seconds
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Returns an object, or a list of objects."""
        return parse_answer(*await self.exchange("GET", path, query=query))

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Creates an object."""
        return parse_answer(*await self.exchange("POST", path, body=body))

    async def patch(
        self, path: str, body: Mapping[str, Any], query: Query | None = None, *, content: str = MERGE
    ) -> Any:
        """Merges `body` into an object, or applies it.

        Args:
            content: `MERGE` or `APPLY`.
        """
        return parse_answer(*await self.exchange("PATCH", path, query=query, body=body, content=content))

    async def delete(self, path: str, body: Mapping[str, Any] | None = None, query: Query | None = None) -> Any:
        """Deletes an object, or the objects that the query selects."""
        return parse_answer(*await self.exchange("DELETE", path, query=query, body=body))

    async def text(self, path: str, query: Query) -> str:
        """Returns an answer that is not JSON: a log."""
        status, body = await self.exchange("GET", path, query=query)
        if status >= 300:
            parse_answer(status, body)
        return body.decode(errors="replace")

    @asynccontextmanager
    async def chunks(self, path: str, query: Query) -> AsyncIterator[AsyncIterator[bytes]]:
        """Gives an answer while it arrives, in pieces of any size."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._seconds, sock_read=_SILENCE_SECONDS)
        async with self._request("GET", path, query=query, timeout=timeout) as response:
            if response.status >= 300:
                parse_answer(response.status, await response.read())
            yield response.content.iter_any()

    @asynccontextmanager
    async def events(self, path: str, query: Query) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """Gives the events of a watch."""
        async with self.chunks(path, {**query, "watch": True}) as chunks:
            yield _events(chunks)

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = JSON,
    ) -> tuple[int, bytes]:
        """Returns the status and the body of an answer."""
        timeout = aiohttp.ClientTimeout(total=self._seconds)
        async with self._request(method, path, query=query, body=body, content=content, timeout=timeout) as response:
            return response.status, await response.read()

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        *,
        timeout: aiohttp.ClientTimeout,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = JSON,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = {"Accept": "application/json, */*", "Content-Type": content, "User-Agent": "longshore"}
        if (authorization := await self._access.authorization()) is not None:
            headers["Authorization"] = authorization
        async with self._connected().request(
            method,
            self._access.url + path,
            params={
                name: str(value).lower() if isinstance(value, bool) else value for name, value in (query or {}).items()
            },
            data=None if body is None else json.dumps(body),
            headers=headers,
            timeout=timeout,
            proxy=self._access.proxy,
            server_hostname=self._access.tls_name,
        ) as response:
            yield response

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            # No limit, because every followed job run keeps a stream open.
            connector = aiohttp.TCPConnector(limit=0, ssl=True if self._access.tls is None else self._access.tls)
            self._session = aiohttp.ClientSession(
                connector=connector, trust_env=self._access.trust_env, read_bufsize=_READ_BUFFER
            )
        return self._session


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    lines = WatchLines()
    async for chunk in chunks:
        for event in lines.take(chunk):
            yield event
