"""The world of the tests: an environment, settings, and a cluster of dictionaries."""

import base64
import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from environments.build.lake import Catalog
from environments.exceptions import HelmError, KubernetesError, TakenError
from environments.requests.api_paths import path, path_of
from environments.resource.spec import Environment, read
from environments.settings import Settings
from images.environments.resource.specs import SPEC

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SETTINGS = Settings(
    namespace="environments",
    chart="helm/airflow",
    image={"registry": "registry.example", "repository": "longshore/airflow", "tag": "3", "digest": ""},
    public_url="https://airflow.example",
    database_host="platform-db.longshore",
    database_password_file="/run/secrets/database/password",
    bucket="s3://longshore",
    allowed_connections=["flights_db"],
    allowed_variables=["region"],
)


def body(name: str = "mine", *, uid: str = "uid-1", made: str = "2026-11-25T10:00:00Z", **spec: Any) -> dict[str, Any]:
    """An object as the API server has it; `annotations` and `generation` are of its metadata."""
    annotations, generation = spec.pop("annotations", {}), spec.pop("generation", 1)
    return {
        "metadata": {
            "name": name,
            "namespace": "environments",
            "uid": uid,
            "generation": generation,
            "creationTimestamp": made,
            "annotations": annotations,
        },
        "spec": {**copy.deepcopy(SPEC), **spec},
    }


def environment(name: str = "mine", **spec: Any) -> Environment:
    """See `body`."""
    return read(body(name, **spec))


def secret_of(manifests: Any, name: str) -> dict[str, str]:
    """The texts of a Secret among manifests."""
    (found,) = [each for each in manifests if each["kind"] == "Secret" and each["metadata"]["name"] == name]
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


@dataclass
class FakeKubernetes:
    """Objects by their paths."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    forbidden: int = 0
    """So many lists are refused before rights are heeded."""
    logs: dict[str, str] = field(default_factory=dict)

    async def get(self, where: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.objects.get(where))

    async def list(self, where: str, *, labels: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        if self.forbidden and where.endswith("/secrets"):
            self.forbidden -= 1
            raise KubernetesError("The API server refused: forbidden", status=403)
        wanted = (labels or {}).items()
        return [
            copy.deepcopy(each)
            for at, each in self.objects.items()
            if at.startswith(f"{where}/") and wanted <= each["metadata"].get("labels", {}).items()
        ]

    async def apply(self, manifest: Mapping[str, Any]) -> dict[str, Any]:
        where = path_of(manifest)
        known = self.objects.get(where, {"metadata": {"uid": f"uid-of-{where}"}})
        applied = copy.deepcopy(dict(manifest))
        applied["metadata"] = {**known["metadata"], **applied["metadata"]}
        old = known["metadata"].get("annotations", {})
        applied["metadata"]["annotations"] = {**old, **manifest["metadata"].get("annotations", {})}
        self.objects[where] = applied
        return applied

    async def merge(self, where: str, change: Mapping[str, Any]) -> dict[str, Any]:
        at = self.objects.setdefault(where.removesuffix("/status"), {"metadata": {}})
        _merge(at, change)
        return at

    async def delete(self, where: str, *, uid: str | None = None) -> bool:
        known = self.objects.get(where)
        if known is None or (uid is not None and known["metadata"].get("uid") != uid):
            return False
        if where.startswith("/api/v1/namespaces/") and where.count("/") == 4:
            known["metadata"]["deletionTimestamp"] = "2026-11-25T12:00:00Z"  # it takes a while
            return True
        del self.objects[where]
        return True

    async def log(self, _: str, pod: str, **__: Any) -> str:
        return self.logs.get(pod, "")

    def put_secret(self, namespace: str, name: str, texts: Mapping[str, str], *, type_: str = "Opaque") -> None:
        data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        where = path("v1", "secrets", namespace=namespace, name=name)
        self.objects[where] = {"metadata": {"name": name, "namespace": namespace}, "type": type_, "data": data}

    def names(self, plural: str, namespace: str) -> set[str]:
        return {at.rpartition("/")[2] for at in self.objects if f"/namespaces/{namespace}/{plural}/" in at}

    def deploy(self, namespace: str, values: Mapping[str, Any], *, ready: bool) -> None:
        """The Deployments that helm/airflow makes of these values."""
        keys = {
            "api-server": "apiServer", "scheduler": "scheduler",
            "dag-processor": "dagProcessor", "triggerer": "triggerer",
        }  # fmt: skip
        for component, key in keys.items():
            replicas = values[key]["replicas"]
            labels = {
                "app.kubernetes.io/name": "airflow",
                "app.kubernetes.io/instance": "airflow",
                "app.kubernetes.io/component": component,
            }
            there = replicas if ready else 0
            self.objects[path("apps/v1", "deployments", namespace=namespace, name=f"airflow-{component}")] = {
                "metadata": {"name": f"airflow-{component}", "labels": labels, "generation": 1},
                "spec": {"replicas": replicas},
                "status": {
                    "observedGeneration": 1,
                    "replicas": replicas,
                    "updatedReplicas": there,
                    "readyReplicas": there,
                },
            }


@dataclass
class FakeHelm:
    """Installs what it is told at once, into the fake cluster."""

    kubernetes: FakeKubernetes
    upgrades: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)
    uninstalled: list[str] = field(default_factory=list)
    fails: str = ""
    ready: bool = True
    chart_digest: str = "chart-1"

    async def upgrade(self, namespace: str, values: Mapping[str, Any], *, wait: bool) -> None:
        if self.fails:
            raise HelmError(self.fails)
        self.upgrades.append((namespace, json.loads(json.dumps(values)), wait))
        self.kubernetes.deploy(namespace, values, ready=self.ready)

    async def uninstall(self, namespace: str) -> None:
        self.uninstalled.append(namespace)


@dataclass
class FakeDatabases:
    """Databases by name: whose they are, and their passwords."""

    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def ensure(self, name: str, *, uid: str, password: str) -> None:
        if self.known.get(name, (uid, ""))[0] != uid:
            raise TakenError(f"The role {name!r} of PostgreSQL is another's")
        self.known[name] = (uid, password)

    async def exists(self, name: str, *, uid: str) -> bool:
        if name in self.known and self.known[name][0] != uid:
            raise TakenError(f"The role {name!r} of PostgreSQL is another's")
        return name in self.known

    async def drop(self, name: str, *, uid: str) -> None:
        if name in self.known and self.known[name][0] != uid:
            raise TakenError(f"The role {name!r} of PostgreSQL is another's")
        self.known.pop(name, None)


@dataclass
class FakeLake:
    """Roles in the lake's catalog by name: whose they are, and their passwords."""

    known: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def ensure(self, _: Catalog, role: str, *, uid: str, password: str) -> None:
        self.known[role] = (uid, password)

    async def drop(self, _: Catalog, role: str, *, uid: str) -> None:
        if role in self.known and self.known[role][0] != uid:
            raise TakenError(f"The role {role!r} of PostgreSQL is another's")
        self.known.pop(role, None)


def _merge(at: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping):
            _merge(at.setdefault(key, {}), value)
        else:
            at[key] = value
