"""The environments' objects in Kubernetes, as far as the page needs them: JSON over HTTP, by the pod's own account."""

import re
import ssl
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from longshore_page.exceptions import AwayError, NotAllowedError, NotFoundError, PageError, TakenError, WishError
from longshore_page.names import GROUP, NAME_PATTERN, PLURAL, VERSION

_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_URL = "https://kubernetes.default.svc"
_SECONDS = 20.0
_VALUE = re.compile(r'^Invalid value: (?:"(?:[^"\\]|\\.)*"|\{.*?\}|[^\s:]+): ', re.DOTALL)
"""What the API server says before the reason: the value, which may be long."""
_DENIED = re.compile(r"ValidatingAdmissionPolicy .*? denied request: (?P<reason>.+)", re.DOTALL)
_NOT_ASKED = "The cluster does not answer; try again in a moment."


class AccountToken(httpx.Auth):
    """The token of the pod's service account, read for each request: Kubernetes puts a new one there every hour."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            token = self._file.read_text().strip()
        except OSError as error:
            raise AwayError(
                "This Airflow has no account in Kubernetes; set environments.page.enabled of the chart airflow."
            ) from error
        request.headers["Authorization"] = f"Bearer {token}"
        yield request


def connect(namespace: str, *, account: Path = _ACCOUNT) -> "Cluster":
    """The cluster that we are a pod of.

    Raises:
        AwayError: we are none.
    """
    try:
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
    except OSError as error:
        raise AwayError("This Airflow does not run in Kubernetes, where environments are made.") from error
    client = httpx.AsyncClient(
        base_url=_URL, verify=context, auth=AccountToken(account / "token"), timeout=_SECONDS, trust_env=False
    )
    return Cluster(client, namespace=namespace)


class Cluster:
    """The AirflowEnvironments of one namespace. All methods raise PageError where the API server refuses."""

    def __init__(self, client: httpx.AsyncClient, *, namespace: str) -> None:
        self._client = client
        self._all = f"/apis/{GROUP}/{VERSION}/namespaces/{quote(namespace, safe='')}/{PLURAL}"

    async def all(self) -> list[dict[str, Any]]:
        """All of them."""
        return list((await self._request("GET", self._all))["items"])

    async def get(self, name: str) -> dict[str, Any]:
        """One of them."""
        return await self._request("GET", self._one(name), name=name)

    async def create(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        """Makes one that is not there yet."""
        return await self._request("POST", self._all, body=manifest, name=manifest["metadata"]["name"])

    async def patch(self, body: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
        """Merges a change into this very one: another that has come in its place meanwhile stays as it is."""
        name, uid = body["metadata"]["name"], body["metadata"]["uid"]
        same = {"metadata": {**change.get("metadata", {}), "uid": uid}}
        content = "application/merge-patch+json"
        return await self._request("PATCH", self._one(name), body={**change, **same}, name=name, content=content)

    async def delete(self, body: Mapping[str, Any]) -> None:
        """Asks for the end of this very one; the controller then removes what it is made of."""
        name, uid = body["metadata"]["name"], body["metadata"]["uid"]
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}}
        await self._request("DELETE", self._one(name), body=options, name=name)

    def _one(self, name: str) -> str:
        if not re.fullmatch(NAME_PATTERN, name):  # it may not lead elsewhere
            raise NotFoundError(f"There is no environment {name[:40]!r}.")
        return f"{self._all}/{name}"

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        name: str = "",
        content: str = "application/json",
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json", "Content-Type": content}
        try:
            response = await self._client.request(method, path, json=body, headers=headers)
            answer: dict[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise AwayError(_NOT_ASKED) from error
        if response.is_success:
            return answer
        raise refusal(response.status_code, answer, name=name)


def refusal(status: int, answer: Mapping[str, Any], *, name: str) -> PageError:
    """What a refusal of the API server means to somebody at the page. Pure.

    Args:
        answer: an object `Status`. Source: Kubernetes API conventions, "Response Status Kind".
        name: of the environment that it is about; empty for all of them.
    """
    said, reason = " ".join(str(answer.get("message", "")).split())[:500], answer.get("reason")
    if status == 404 and name and reason == "NotFound" and (answer.get("details") or {}).get("name") == name:
        return NotFoundError(f"There is no environment {name!r} any more.")
    if status == 404:
        return AwayError("The cluster knows no environments; whoever runs it installs the chart helm/environments.")
    if reason == "AlreadyExists":
        return TakenError(f"There is an environment {name!r} already; choose another name.")
    if status == 409:
        return TakenError(f"The environment {name!r} has changed meanwhile; look at it again, and repeat it.")
    if match := _DENIED.search(said):
        return NotAllowedError(match["reason"])
    if status == 422:
        causes = (answer.get("details") or {}).get("causes") or ()
        return WishError(" ".join(dict.fromkeys(_fault(each) for each in causes)) or said)
    if status in (401, 403):
        return AwayError("The page has no right to this in Kubernetes; whoever runs it sets environments.page.enabled.")
    return AwayError(_NOT_ASKED)


def _fault(cause: Mapping[str, Any]) -> str:
    field, message = str(cause.get("field", "")), _VALUE.sub("", str(cause.get("message", "")))
    shown = message if field in ("", "<nil>") or field in message else f"{field}: {message}"
    return shown[:300].rstrip(".") + "."
