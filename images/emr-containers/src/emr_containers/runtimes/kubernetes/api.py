"""The Kubernetes API, as far as job runs need it: JSON in and out, streams by the line.

kubernetes_asyncio finds the cluster, keeps tokens fresh and speaks TLS. Its models are left out: each pod would be
parsed into hundreds of objects to read ten values of it.
"""

import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from kubernetes_asyncio.client import ApiClient, Configuration
from kubernetes_asyncio.config import ConfigException, load_incluster_config, load_kube_config
from yaml import YAMLError

from emr_containers.exceptions import ConfigurationError

_SECONDS = 30.0
"""For an answer. The API itself gives up after 60 s."""
_SILENCE_SECONDS = 120.0
"""A stream that says nothing for so long may have lost its other end."""
_KUBECONFIG = Path(os.environ.get("HOME", "/")) / ".kube" / "config"

Query = Mapping[str, str | int | bool]


class KubernetesError(Exception):
    """What the API answered instead: its HTTP status, its reason in one word, and its own message."""

    def __init__(self, *, status: int, reason: str, message: str) -> None:
        super().__init__(f"{reason or status}: {message}")
        self.status, self.reason, self.message = status, reason, message


FAULTS = (aiohttp.ClientError, TimeoutError, OSError)
"""Of the way to the API, not of a request."""


def is_passing(error: Exception) -> bool:
    """Whether the same request may be answered later: the API is away, restarts or has too much to do."""
    if isinstance(error, KubernetesError):
        return error.status in (401, 408, 429) or error.status >= 500
    return isinstance(error, FAULTS)


async def load_config() -> Configuration:
    """How to reach the cluster: by KUBECONFIG, as a pod of it, or by ~/.kube/config.

    Raises:
        ConfigurationError: no cluster is named, or the file cannot be read.
    """
    configuration = Configuration()
    configuration.connection_pool_maxsize = 0  # every run that is followed holds a stream
    named = os.environ.get("KUBECONFIG")
    try:
        if named is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            return configuration
        files = [Path(file) for file in named.split(os.pathsep) if file] if named else [_KUBECONFIG]
        if not any(file.exists() for file in files):
            raise ConfigurationError(
                f"--runtime kubernetes finds no cluster, nor the file {str(files[0])!r}: run the server in one, or set "
                "KUBECONFIG."
            )
        await load_kube_config(
            config_file=named or str(_KUBECONFIG), client_configuration=configuration, persist_config=False
        )
    except (ConfigException, YAMLError, OSError, ValueError) as error:
        raise ConfigurationError(f"The cluster cannot be reached as it is configured: {error}") from error
    return configuration


class Api:
    """Requests to one cluster. Lives on one event loop."""

    def __init__(self, configuration: Configuration) -> None:
        self._client = ApiClient(configuration)

    async def close(self) -> None:
        """Gives the connections back."""
        await self._client.close()

    async def get(self, path: str, query: Query | None = None) -> Any:
        """An object, or a list of them.

        Raises:
            KubernetesError: the API refused.
            aiohttp.ClientError, TimeoutError, OSError: it did not answer (`FAULTS`).
        """
        return await self._json("GET", path, query=query)

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Makes an object; see `get` for errors."""
        return await self._json("POST", path, body=body)

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Merges into an object; see `get` for errors."""
        return await self._json("PATCH", path, body=body, content="application/merge-patch+json")

    async def delete(self, path: str, body: Mapping[str, Any] | None = None, query: Query | None = None) -> Any:
        """Deletes an object, or those that the query selects; see `get` for errors."""
        return await self._json("DELETE", path, body=body, query=query)

    @asynccontextmanager
    async def chunks(self, path: str, query: Query) -> AsyncIterator[AsyncIterator[bytes]]:
        """An answer as it comes, in pieces of any size; see `get` for errors, which the pieces may raise, too."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_SECONDS, sock_read=_SILENCE_SECONDS)
        async with self._request("GET", path, query=query, timeout=timeout) as response:
            yield response.content.iter_any()

    @asynccontextmanager
    async def events(self, path: str, query: Query) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """A watch's events; see `get` for errors, which the events may raise, too."""
        async with self.chunks(path, {**query, "watch": True}) as chunks:
            yield _lines(chunks)

    async def _json(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
    ) -> Any:
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with self._request(method, path, query=query, body=body, content=content, timeout=timeout) as response:
            return json.loads(await response.read())

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        *,
        timeout: aiohttp.ClientTimeout,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        values = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in (query or {}).items()
        }
        response: aiohttp.ClientResponse = await self._client.call_api(
            path,
            method,
            query_params=list(values.items()),
            header_params={"Accept": "application/json, */*", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _request_timeout=timeout,
        )
        try:
            if response.status >= 300:
                raise _error(response.status, await response.read())
            yield response
        finally:
            response.close()


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Mapping[str, Any]]:
    left = b""
    async for chunk in chunks:
        *lines, left = (left + chunk).split(b"\n")
        for line in lines:
            event = json.loads(line)
            if event["type"] == "ERROR":
                status = event["object"]
                raise KubernetesError(
                    status=status.get("code", 500), reason=status.get("reason", ""), message=status.get("message", "")
                )
            yield event


def _error(status: int, body: bytes) -> KubernetesError:
    try:
        answer = json.loads(body)
        return KubernetesError(status=status, reason=answer.get("reason") or "", message=answer.get("message") or "")
    except (ValueError, AttributeError):
        return KubernetesError(status=status, reason="", message="the answer is not of the API's form")
