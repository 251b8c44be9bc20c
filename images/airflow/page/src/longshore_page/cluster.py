"""A client for the environments' objects in Kubernetes: JSON over HTTP, with the pod's own service account."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from longshore_libs.exceptions import AccessError, KubernetesError, TokenError
from longshore_libs.kubernetes.client import CONNECTION_ERRORS, Client
from longshore_libs.kubernetes.pod import ACCOUNT, pod_access

from longshore_page.exceptions import (
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
    PageError,
    TakenError,
    UnavailableError,
)
from longshore_page.names import GROUP, NAME_PATTERN, PLURAL, VERSION

_SECONDS = 20.0
_VALUE = re.compile(r'^Invalid value: (?:"(?:[^"\\]|\\.)*"|\{.*?\}|[^\s:]+): ', re.DOTALL)
"""The part of a message before the reason: the value, which may be long."""
_DENIED = re.compile(r"ValidatingAdmissionPolicy .*? denied request: (?P<reason>.+)", re.DOTALL)
_NOT_ASKED = "The cluster does not answer; try again in a moment."
_NO_ACCOUNT = "This Airflow has no account in Kubernetes; set environments.page.enabled of the chart airflow."


def connect(namespace: str, *, account: Path = ACCOUNT) -> "Cluster":
    """Returns a client of the cluster that this pod runs in.

    Raises:
        UnavailableError: this is not a pod, or it has no service account.
    """
    try:
        return Cluster(Client(pod_access(account=account), seconds=_SECONDS), namespace=namespace)
    except TokenError as error:
        raise UnavailableError(_NO_ACCOUNT) from error
    except AccessError as error:
        raise UnavailableError("This Airflow does not run in Kubernetes, which environments need.") from error


class Cluster:
    """The AirflowEnvironments of one namespace. All methods raise a PageError if the API server refuses."""

    def __init__(self, client: Client, *, namespace: str) -> None:
        self._client = client
        self._all = f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace, safe='')}/{PLURAL}"

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def all(self) -> list[dict[str, Any]]:
        """Returns all environments."""
        with _explained():
            return list((await self._client.get(self._all))["items"])

    async def get(self, name: str) -> dict[str, Any]:
        """Returns one environment."""
        with _explained(name):
            return dict(await self._client.get(self._one(name)))

    async def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Creates an environment."""
        with _explained(manifest["metadata"]["name"]):
            return dict(await self._client.post(self._all, manifest))

    async def patch(self, body: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
        """Merges a change into this object; one of the same name that has replaced it stays as it is."""
        name, uid = body["metadata"]["name"], body["metadata"]["uid"]
        same = {"metadata": {**change.get("metadata", {}), "uid": uid}}
        with _explained(name):
            return dict(await self._client.patch(self._one(name), {**change, **same}))

    async def delete(self, body: Mapping[str, Any]) -> None:
        """Deletes this object; the controller then removes everything that it consists of."""
        name, uid = body["metadata"]["name"], body["metadata"]["uid"]
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        with _explained(name):
            await self._client.delete(self._one(name), options)

    def _one(self, name: str) -> str:
        if not re.fullmatch(NAME_PATTERN, name):  # the name must not change the path
            raise NotFoundError(f"There is no environment {name[:40]!r}.")
        return f"{self._all}/{name}"


@contextmanager
def _explained(name: str = "") -> Iterator[None]:
    try:
        yield
    except KubernetesError as error:
        if not error.answer:  # it is not the API server's
            raise UnavailableError(_NOT_ASKED) from error
        raise refusal(error.status, error.answer, name=name) from error
    except TokenError as error:
        raise UnavailableError(_NO_ACCOUNT) from error
    except CONNECTION_ERRORS as error:
        raise UnavailableError(_NOT_ASKED) from error


def refusal(status: int, answer: Mapping[str, Any], *, name: str) -> PageError:
    """Returns the error that explains a refusal of the API server to the user of the page. Pure.

    Args:
        answer: an object `Status`. Source: Kubernetes API conventions, "Response Status Kind".
        name: of the environment; empty for a request about all of them.
    """
    said, reason = " ".join(str(answer.get("message", "")).split())[:500], answer.get("reason")
    if status == 404 and name and reason == "NotFound" and (answer.get("details") or {}).get("name") == name:
        return NotFoundError(f"The environment {name!r} does not exist any more.")
    if status == 404:
        return UnavailableError(
            "The cluster has no AirflowEnvironments; ask the platform operator to install the chart helm/environments."
        )
    if reason == "AlreadyExists":
        return TakenError(f"The environment {name!r} already exists; choose another name.")
    if status == 409:
        return TakenError(f"The environment {name!r} has changed in the meantime; check it, and try again.")
    if match := _DENIED.search(said):
        return NotAllowedError(match["reason"])
    if status == 422:
        causes = (answer.get("details") or {}).get("causes") or ()
        return InvalidRequestError(" ".join(dict.fromkeys(_fault(each) for each in causes)) or said)
    if status in (401, 403):
        return UnavailableError(
            "Kubernetes refuses the page's request; ask the platform operator to set environments.page.enabled."
        )
    return UnavailableError(_NOT_ASKED)


def _fault(cause: Mapping[str, Any]) -> str:
    field, message = str(cause.get("field", "")), _VALUE.sub("", str(cause.get("message", "")))
    shown = message if field in ("", "<nil>") or field in message else f"{field}: {message}"
    return shown[:300].rstrip(".") + "."
