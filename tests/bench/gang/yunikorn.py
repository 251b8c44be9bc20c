"""YuniKorn, where the cluster has it: for the time of a measurement a queue, and leave to make placeholders."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cluster.gangs.yunikorn_api import NAMESPACE, YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.parts import Cluster

from bench.gang.api import Api
from bench.gang.manifests import NAME

_SERVICE_ACCOUNT = "yunikorn"
_RIGHTS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAME}"


@contextmanager
def queue(api: Api, cluster: Cluster) -> Iterator[None]:
    """The namespace's pods are queued in `root.bench-gang`, in order; at the end the queues are as before."""
    leave = {f"{_RIGHTS}/{each['kind'].lower()}s": each for each in _leave()}
    for kind, each in leave.items():
        api.create(kind, each)
    yunikorn = YuniKorn(cluster)
    try:
        with queue_for(yunikorn, NAME):
            yield
    finally:
        yunikorn.close()
        for kind, each in leave.items():
            api.remove(f"{kind}/{each['metadata']['name']}")


def _leave() -> list[dict[str, Any]]:
    """A scheduler may not make pods, and placeholders are some."""
    group, metadata = "rbac.authorization.k8s.io", {"name": "placeholders"}
    account = {"kind": "ServiceAccount", "name": _SERVICE_ACCOUNT, "namespace": NAMESPACE}
    rule = {"apiGroups": [""], "resources": ["pods"], "verbs": ["create", "delete", "get", "list", "patch", "update"]}
    reference = {"apiGroup": group, "kind": "Role", **metadata}
    role = {"kind": "Role", "rules": [rule]}
    binding = {"kind": "RoleBinding", "roleRef": reference, "subjects": [account]}
    return [{"apiVersion": f"{group}/v1", "metadata": metadata, **each} for each in (role, binding)]
