"""The Kubernetes API, as far as environments need it: JSON in and out.

kubernetes_asyncio finds the cluster, keeps tokens fresh and speaks TLS. Its models are left out: what we send is data
already, and of what comes we read a few values.
"""

import json
import os
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote, urlencode

import aiohttp
from kubernetes_asyncio.client import ApiClient, Configuration
from kubernetes_asyncio.config import ConfigException, load_incluster_config, load_kube_config

from environments.exceptions import ConfigurationError, KubernetesError
from environments.names import FIELD_MANAGER, GROUP, PLURAL, VERSION

_SECONDS = 30.0
_LINES, _BYTES = "500", "262144"
"""Of a log; the bytes are counted from the first of these lines."""
_PLURALS = {
    "Namespace": "namespaces",
    "ResourceQuota": "resourcequotas",
    "LimitRange": "limitranges",
    "NetworkPolicy": "networkpolicies",
    "ServiceAccount": "serviceaccounts",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
}
_MERGE, _APPLY = "application/merge-patch+json", "application/apply-patch+yaml"
_NOT_FOUND, _CONFLICT = 404, 409


def path_of(manifest: Mapping[str, Any]) -> str:
    """Where the API server has an object of a kind that environments are made of. Pure."""
    metadata = manifest["metadata"]
    return path(
        manifest["apiVersion"], _PLURALS[manifest["kind"]], namespace=metadata.get("namespace"), name=metadata["name"]
    )


def path(api: str, plural: str, *, namespace: str | None = None, name: str | None = None) -> str:
    """Where the API server has the objects of a kind, or one of them. Pure.

    Args:
        api: their group and version: `v1`, `apps/v1`.
    """
    parts = ["apis" if "/" in api else "api", *api.split("/")]
    parts += ["namespaces", namespace] if namespace else []
    parts += [plural, *([name] if name else [])]
    return "/" + "/".join(quote(part, safe="") for part in parts)


def environments_path(namespace: str, name: str | None = None) -> str:
    """Of AirflowEnvironments. Pure."""
    return path(f"{GROUP}/{VERSION}", PLURAL, namespace=namespace, name=name)


async def connect() -> "Kubernetes":
    """A client of the cluster that we are a pod of, or that KUBECONFIG names.

    Raises:
        ConfigurationError: there is none.
    """
    configuration = Configuration()
    try:
        if "KUBECONFIG" not in os.environ and "KUBERNETES_SERVICE_HOST" in os.environ:
            load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
        else:
            await load_kube_config(client_configuration=configuration, persist_config=False)
    except (ConfigException, OSError, ValueError) as error:
        raise ConfigurationError(f"No cluster is found ({error}): run in one, or set KUBECONFIG.") from error
    return Kubernetes(configuration)


class Kubernetes:
    """Requests to one cluster. Lives on one event loop."""

    def __init__(self, configuration: Configuration) -> None:
        self._client = ApiClient(configuration)

    async def close(self) -> None:
        """Gives the connections back."""
        await self._client.close()

    async def get(self, where: str) -> dict[str, Any] | None:
        """The object; None where there is none.

        Raises:
            KubernetesError: the API server refuses, or does not answer.
        """
        try:
            return await self._json("GET", where)
        except KubernetesError as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    async def list(self, where: str, *, labels: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """The objects of a kind that carry these labels. Raises: see `get`."""
        selector = ",".join(f"{name}={value}" for name, value in (labels or {}).items())
        answer = await self._json("GET", where, query={"labelSelector": selector} if selector else {})
        return list(answer.get("items") or [])

    async def apply(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Makes the object, or sets what the manifest says of it, whoever had said otherwise. Raises: see `get`."""
        return await self._json(
            "PATCH",
            path_of(manifest),
            query={"fieldManager": FIELD_MANAGER, "force": "true"},
            body=manifest,
            content=_APPLY,
        )

    async def merge(self, where: str, change: Mapping[str, Any]) -> dict[str, Any]:
        """Merges into an object. Raises: see `get`."""
        return await self._json("PATCH", where, query={"fieldManager": FIELD_MANAGER}, body=change, content=_MERGE)

    async def delete(self, where: str, *, uid: str | None = None) -> bool:
        """Deletes the object, if it is there; whether it was.

        Args:
            uid: only the object that has it; another one of the same name stays.

        Raises: see `get`.
        """
        body = {"propagationPolicy": "Background"} | ({"preconditions": {"uid": uid}} if uid else {})
        try:
            await self._json("DELETE", where, body=body)
        except KubernetesError as error:
            if error.status == _NOT_FOUND or (uid and error.status == _CONFLICT):
                return False
            raise
        return True

    async def log(self, namespace: str, pod: str, *, container: str, seconds: int) -> str:
        """What a container has written in the last seconds, at most the last lines of it. Raises: see `get`."""
        query = {"container": container, "sinceSeconds": str(seconds), "tailLines": _LINES, "limitBytes": _BYTES}
        raw = await self._request("GET", path("v1", "pods", namespace=namespace, name=pod) + "/log", query=query)
        return raw.decode(errors="replace")

    async def _json(
        self,
        method: str,
        where: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
    ) -> dict[str, Any]:
        raw = await self._request(method, where, query=query, body=body, content=content)
        return cast(dict[str, Any], json.loads(raw))

    async def _request(
        self,
        method: str,
        where: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
    ) -> bytes:
        what = f"{method} {where}" + (f"?{urlencode(query)}" if query else "")
        try:
            response = await self._client.call_api(
                where,
                method,
                query_params=list((query or {}).items()),
                header_params={"Accept": "application/json, */*", "Content-Type": content},
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=aiohttp.ClientTimeout(total=_SECONDS),
            )
            try:
                answer = bytes(await response.read())
            finally:
                response.close()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubernetesError(f"The API server does not answer {what}: {error}", status=0) from error
        if response.status >= 300:
            raise KubernetesError(f"The API server refused {what}: {_reason(answer)}", status=response.status)
        return answer


def _reason(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["message"])[:500]
    except (ValueError, KeyError, TypeError):
        return "its answer is not of the API's form"
