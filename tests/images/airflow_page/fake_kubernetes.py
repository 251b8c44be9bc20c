"""Kubernetes' API server, as far as the page asks it: a function of a request over a dictionary of objects."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from longshore_page.cluster import Cluster

NAMESPACE = "environments"
PATH = f"/apis/longshore.dev/v1alpha1/namespaces/{NAMESPACE}/airflowenvironments"
REPOSITORY = "https://git.example/dags.git"


@dataclass
class FakeKubernetes:
    """The objects by name, and what was asked for."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    """Methods and paths of what was not only read."""
    paths: list[str] = field(default_factory=list)
    """Of all that was asked for."""

    def put(self, name: str, *, owner: str, status: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
        """Makes an environment as if somebody had made it before."""
        wanted = {"owner": owner, "git": {"url": REPOSITORY, "branch": "main"}, "ttl": "72h", "idle": "2h", **spec}
        self.objects[name] = {
            "metadata": {"name": name, "uid": f"uid-of-{name}"},
            "spec": wanted,
            "status": dict(status or {}),
        }
        return self.objects[name]

    def cluster(self) -> Cluster:
        """A client of it."""
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer), base_url="https://kubernetes.test")
        return Cluster(client, namespace=NAMESPACE)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the API server says."""
        path, name = request.url.path, request.url.path.removeprefix(PATH).removeprefix("/")
        given = json.loads(request.content) if request.content else {}
        self.paths.append(path)
        if request.method != "GET":
            self.changes.append((request.method, path))
        if not path.startswith(PATH):
            return refused(404, "NotFound", "the server could not find the requested resource")
        if not name:
            return self._create(given) if request.method == "POST" else _told({"items": list(self.objects.values())})
        if (found := self.objects.get(name)) is None:
            return refused(404, "NotFound", f'airflowenvironments "{name}" not found', name=name)
        wanted = given.get("preconditions", given.get("metadata", {})).get("uid", found["metadata"]["uid"])
        if wanted != found["metadata"]["uid"]:
            return refused(409, "Conflict", "the UID in the precondition does not match")
        if request.method == "DELETE":
            found["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"
        elif request.method == "PATCH":
            assert request.headers["Content-Type"] == "application/merge-patch+json"
            _merge(found, given)
        return _told(found)

    def _create(self, given: dict[str, Any]) -> httpx.Response:
        name = given["metadata"]["name"]
        if not re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", name):
            message = f'Invalid value: "{name}": a lowercase RFC 1123 subdomain must consist of lower case'
            return refused(422, "Invalid", "it is invalid", causes=[{"field": "metadata.name", "message": message}])
        if name in self.objects:
            return refused(409, "AlreadyExists", f'airflowenvironments "{name}" already exists', name=name)
        self.objects[name] = {**given, "metadata": {"name": name, "uid": f"uid-of-{name}"}}
        return _told(self.objects[name], status=201)


def refused(status: int, reason: str, message: str, *, name: str = "", **details: Any) -> httpx.Response:
    """A refusal, in the API server's form."""
    body = {"kind": "Status", "reason": reason, "message": message, "details": {"name": name, **details}}
    return _told(body, status=status)


def _told(body: Mapping[str, Any], *, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def _merge(into: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
