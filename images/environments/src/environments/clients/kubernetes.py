"""A client of the Kubernetes API: JSON in and out, and the controller's own errors."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from longshore_libs import exceptions
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.client import APPLY, CONNECTION_ERRORS, Client
from longshore_libs.kubernetes.finding import find_access

from environments.exceptions import ConfigurationError, KubernetesError
from environments.requests.api_paths import path, path_of
from environments.resource.names import FIELD_MANAGER

_LINES, _BYTES = "500", "262144"
"""Maximum lines and bytes of a log; the bytes are counted from the first of these lines."""
_NOT_FOUND, _CONFLICT = 404, 409


async def connect() -> "Kubernetes":
    """Returns a client of the cluster that this pod runs in, or that KUBECONFIG names.

    Raises:
        ConfigurationError: no cluster is found.
    """
    try:
        return Kubernetes(await find_access())
    except exceptions.AccessError as error:
        raise ConfigurationError(f"No cluster is found ({error}). Run in a cluster, or set KUBECONFIG.") from error


class Kubernetes:
    """Requests to one cluster. It belongs to one event loop."""

    def __init__(self, access: Access) -> None:
        self._client = Client(access)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def get(self, where: str) -> dict[str, Any] | None:
        """Returns the object; None if it does not exist.

        Raises:
            KubernetesError: the API server refuses, or does not answer.
        """
        try:
            async with _explained("GET", where):
                return dict(await self._client.get(where))
        except KubernetesError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    async def list(self, where: str, *, labels: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Returns the objects of a kind with these labels. Raises: see `get`."""
        selector = ",".join(f"{name}={value}" for name, value in (labels or {}).items())
        query = {"labelSelector": selector} if selector else {}
        async with _explained("GET", where, query):
            return list((await self._client.get(where, query)).get("items") or [])

    async def apply(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Applies the manifest on the server, and takes over fields of other managers. Raises: see `get`."""
        where, query = path_of(manifest), {"fieldManager": FIELD_MANAGER, "force": "true"}
        async with _explained("PATCH", where, query):
            return dict(await self._client.patch(where, manifest, query, content=APPLY))

    async def merge(self, where: str, change: Mapping[str, Any]) -> dict[str, Any]:
        """Merges a change into an object. Raises: see `get`."""
        query = {"fieldManager": FIELD_MANAGER}
        async with _explained("PATCH", where, query):
            return dict(await self._client.patch(where, change, query))

    async def delete(self, where: str, *, uid: str | None = None) -> bool:
        """Deletes the object, and returns whether it existed.

        Args:
            uid: deletes only the object with this UID, and no other one of the same name.

        Raises: see `get`.
        """
        body = {"propagationPolicy": "Background"} | ({"preconditions": {"uid": uid}} if uid else {})
        try:
            async with _explained("DELETE", where):
                await self._client.delete(where, body)
        except KubernetesError as error:
            if error.status == _NOT_FOUND or (uid and error.status == _CONFLICT):
                return False
            raise
        return True

    async def log(self, namespace: str, pod: str, *, container: str, seconds: int) -> str:
        """Returns the last lines that a container has logged in the last seconds. Raises: see `get`."""
        query = {"container": container, "sinceSeconds": str(seconds), "tailLines": _LINES, "limitBytes": _BYTES}
        where = path("v1", "pods", namespace=namespace, name=pod) + "/log"
        async with _explained("GET", where, query):
            return await self._client.text(where, query)


@asynccontextmanager
async def _explained(method: str, where: str, query: Mapping[str, str] | None = None) -> AsyncIterator[None]:
    what = f"{method} {where}" + (f"?{urlencode(query)}" if query else "")
    try:
        yield
    except exceptions.KubernetesError as error:
        raise KubernetesError(f"The API server refused {what}: {error.message[:500]}", status=error.status) from error
    except CONNECTION_ERRORS as error:
        raise KubernetesError(f"The API server does not answer {what}: {error}", status=0) from error
