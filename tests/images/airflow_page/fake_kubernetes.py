"""Kubernetes' API server, as far as the page asks it: a function of a request over a dictionary of objects."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.client import JSON, Client, Query
from longshore_page.cluster import Cluster

NAMESPACE = "environments"
PATH = f"/apis/longshore.dev/v1alpha1/namespaces/{NAMESPACE}/airflowenvironments"
REPOSITORY = "https://git.example/dags.git"

Answer = tuple[int, bytes]
"""An answer's status and body."""


class FakeClient(Client):
    """The client with a function in the place of the network."""

    def __init__(self, answer: Callable[[str, str, str, Mapping[str, Any]], Answer]) -> None:
        super().__init__(Access(url="https://kubernetes.test"))
        self._answer = answer

    async def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, Any] | None = None,
        content: str = JSON,
    ) -> Answer:
        assert query is None
        return self._answer(method, path, content, json.loads(json.dumps(body or {})))


@dataclass
class FakeKubernetes:
    """The objects by name, and the requests for them."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    """The methods and paths of all requests but reads."""
    paths: list[str] = field(default_factory=list)
    """The paths of all requests."""

    def put(self, name: str, *, owner: str, status: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        """Adds an environment that was created before."""
        wanted = {"owner": owner, "git": {"url": REPOSITORY, "branch": "main"}, "ttl": "72h", "idle": "2h", **spec}
        self.objects[name] = {
            "metadata": {"name": name, "uid": f"uid-of-{name}"},
            "spec": wanted,
            "status": dict(status or {}),
        }
        return self.objects[name]

    def cluster(self) -> Cluster:
        """A client of it."""
        return Cluster(FakeClient(self.answer), namespace=NAMESPACE)

    def answer(self, method: str, path: str, content: str, given: Mapping[str, Any]) -> Answer:
        """Returns the API server's answer."""
        name = path.removeprefix(PATH).removeprefix("/")
        self.paths.append(path)
        if method != "GET":
            self.changes.append((method, path))
        if not path.startswith(PATH):
            return refused(404, "NotFound", "the server could not find the requested resource")
        if not name:
            return self._create(given) if method == "POST" else _told({"items": list(self.objects.values())})
        if (found := self.objects.get(name)) is None:
            return refused(404, "NotFound", f'airflowenvironments "{name}" not found', name=name)
        wanted = given.get("preconditions", given.get("metadata", {})).get("uid", found["metadata"]["uid"])
        if wanted != found["metadata"]["uid"]:
            return refused(409, "Conflict", "the UID in the precondition does not match")
        if method == "DELETE":
            found["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
        elif method == "PATCH":
            assert content == "application/merge-patch+json"
            _merge(found, given)
        return _told(found)

    def _create(self, given: Mapping[str, Any]) -> Answer:
        name = given["metadata"]["name"]
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name):
            message = f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case'
            return refused(422, "Invalid", "it is invalid", causes=[{"field": "metadata.name", "message": message}])
        if name in self.objects:
            return refused(409, "AlreadyExists", f'airflowenvironments "{name}" already exists', name=name)
        self.objects[name] = {**given, "metadata": {"name": name, "uid": f"uid-of-{name}"}}
        return _told(self.objects[name], status=201)


def refused(status: int, reason: str, message: str, *, name: str = "", **details: Any) -> Answer:
    """A refusal, in the API server's form."""
    body = {"kind": "Status", "reason": reason, "message": message, "details": {"name": name, **details}}
    return _told(body, status=status)


def _told(body: Mapping[str, Any], *, status: int = 200) -> Answer:
    return status, json.dumps(body).encode()


def _merge(into: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
