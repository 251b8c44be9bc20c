"""YuniKorn, where the cluster has it: for the time of the benchmark a queue, and leave to make placeholders."""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from longshore_cli.cluster.kubectl import Kubectl

from bench.gang.api import Api
from bench.gang.manifests import NAME

_CONFIGURATION = "yunikorn-configs"
"""YuniKorn's own name for it, whoever installs it. Source: yunikorn-k8shim 1.9, pkg/common/constants."""
_QUEUE = {
    "name": NAME,
    "parent": True,
    "queues": [{"name": "default", "properties": {"application.sort.policy": "fifo"}}],
}
"""By helm/yunikorn's placement rules a namespace's applications go to `default` in the queue of its name."""
_RIGHTS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAME}"
_HEARD_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class YuniKorn:
    """The scheduler that runs in this cluster."""

    namespace: str
    pod: str
    service_account: str


def find(api: Api) -> YuniKorn | None:
    """The scheduler; None where none is ready."""
    found = api.call("GET", f"/api/v1/configmaps?fieldSelector=metadata.name={_CONFIGURATION}")["items"]
    for configuration in found:
        namespace = configuration["metadata"]["namespace"]
        for pod in api.call("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]:
            if "scheduler" in pod["spec"]["containers"][0]["image"] and _ready(pod):
                account = pod["spec"]["serviceAccountName"]
                return YuniKorn(namespace=namespace, pod=pod["metadata"]["name"], service_account=account)
    return None


@contextmanager
def queue(api: Api, kubectl: Kubectl, yunikorn: YuniKorn) -> Iterator[None]:
    """The namespace's pods are queued in `root.bench-gang`; at the end the queues are as they were.

    Raises:
        TimeoutError: YuniKorn does not take the queue.
    """
    place = f"/api/v1/namespaces/{yunikorn.namespace}/configmaps/{_CONFIGURATION}"
    before = api.call("GET", place)["data"]["queues.yaml"]
    leave = {f"{_RIGHTS}/{each['kind'].lower()}s": each for each in _leave(yunikorn)}
    for kind, each in leave.items():
        api.create(kind, each)
    try:
        api.patch(place, {"data": {"queues.yaml": with_queue(before)}})
        _wait_for_queue(kubectl, yunikorn)
        yield
    finally:
        api.patch(place, {"data": {"queues.yaml": before}})
        for kind, each in leave.items():
            api.remove(f"{kind}/{each['metadata']['name']}")


def with_queue(text: str) -> str:
    """The configuration with our queue under the root."""
    configuration = yaml.safe_load(text)
    (partition,) = [each for each in configuration["partitions"] if each["name"] == "default"]
    root = next(each for each in partition["queues"] if each["name"] == "root")
    root["queues"] = [*root.get("queues", []), _QUEUE]
    return yaml.safe_dump(configuration, sort_keys=False)


def _leave(yunikorn: YuniKorn) -> list[dict[str, Any]]:
    """A scheduler may not make pods, and placeholders are some."""
    group, metadata = "rbac.authorization.k8s.io", {"name": "placeholders"}
    account = {"kind": "ServiceAccount", "name": yunikorn.service_account, "namespace": yunikorn.namespace}
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete", "get", "list", "patch", "update"]}
    reference = {"apiGroup": group, "kind": "Role", **metadata}
    role = {"kind": "Role", "rules": [rule]}
    binding = {"kind": "RoleBinding", "roleRef": reference, "subjects": [account]}
    return [{"apiVersion": f"{group}/v1", "metadata": metadata, **each} for each in (role, binding)]


def _ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _wait_for_queue(kubectl: Kubectl, yunikorn: YuniKorn) -> None:
    with kubectl.forward(f"pod/{yunikorn.pod}", 9080, namespace=yunikorn.namespace) as port:
        url = f"http://127.0.0.1:{port}/ws/v1/partition/default/queues"
        deadline = time.monotonic() + _HEARD_SECONDS
        while True:
            with urllib.request.urlopen(url, timeout=30) as answer:
                root = json.loads(answer.read())
            if any(each["queuename"] == f"root.{NAME}" for each in root.get("children") or []):
                return
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"YuniKorn does not take the queue root.{NAME}; see the log of its pod {yunikorn.pod!r}."
                )
            time.sleep(1)
