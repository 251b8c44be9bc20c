"""The benchmark's objects in the cluster apart from the gangs: its namespace and fake nodes, made and removed again."""

import ipaddress
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from bench.gang.api import Api
from bench.gang.manifests import NAME, NODE_LABEL, node, node_name, taints

NAMESPACE = f"/api/v1/namespaces/{NAME}"
PODS = f"{NAMESPACE}/pods"
_NODES = "/api/v1/nodes"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
_BINDINGS = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings"
_NODE_NETWORK = "/apis/apps/v1/namespaces/kube-system/daemonsets/node-network"
"""The DaemonSet of a node image that this project builds; kind's own image has another."""
_NOWHERE = f"{NODE_LABEL}-nowhere"
_CLIENTS = 8
"""Requests at a time."""
_GONE_SECONDS = 300.0


class Site:
    """The namespace and the fake nodes. `site` makes it."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.pool = ThreadPoolExecutor(_CLIENTS, thread_name_prefix="bench-gang")
        self.nodes = 0
        """Fake nodes that are there."""

    def each(self, call: Callable[[Any], object], items: Iterable[Any]) -> None:
        """Calls `call` for each item, a few at a time; back when all are done."""
        list(self.pool.map(call, items))

    def grow(self, count: int) -> None:
        """Makes fake nodes until there are so many."""
        cidr = _spare_cidr(self.api)
        self.each(lambda number: self._make_node(number, cidr), range(self.nodes, count))
        self.nodes = count

    def _make_node(self, number: int, cidr: str) -> None:
        self.api.create(_NODES, node(number, pod_cidr=cidr))
        # A new node is given a taint until a controller has seen it: one controller, 20 nodes a second.
        self.api.patch(f"{_NODES}/{node_name(number)}", {"spec": taints()})

    def empty(self) -> None:
        """Removes all pods; back when they are gone.

        Raises:
            TimeoutError: they do not go.
        """
        deadline = time.monotonic() + _GONE_SECONDS
        while pods := self.api.call("GET", PODS)["items"]:
            if time.monotonic() > deadline:
                raise TimeoutError(f"The pods of the namespace {NAME!r} do not go.")
            # One request for all would be cut off after a minute.
            self.each(lambda pod: self.api.remove(f"{PODS}/{pod['metadata']['name']}"), pods)


@contextmanager
def site(api: Api) -> Iterator[Site]:
    """The namespace, new and empty, and no fake node yet; at the end nothing is left of them."""
    place = Site(api)
    try:
        _clear(place)  # of a run that was killed
        _node_network(api, paused=True)
        for path, body in (*_no_events(), ("/api/v1/namespaces", {"metadata": {"name": NAME}})):
            api.create(path, body)
        _wait_for_service_account(api)
        yield place
    finally:
        _clear(place)
        place.pool.shutdown()


def _clear(place: Site) -> None:
    api = place.api
    if api.get(NAMESPACE):
        place.empty()
        api.remove(NAMESPACE)
    for path, _ in _no_events():
        api.remove(f"{path}/{NAME}")
    if nodes := api.call("GET", f"{_NODES}?labelSelector={NODE_LABEL}")["items"]:
        api.remove(f"{_NODES}?labelSelector={NODE_LABEL}")
        place.each(lambda each: api.remove(f"{_LEASES}/{each['metadata']['name']}"), nodes)
    _node_network(api, paused=False)
    deadline = time.monotonic() + _GONE_SECONDS
    while api.get(NAMESPACE):
        if time.monotonic() > deadline:
            raise TimeoutError(f"The namespace {NAME!r} does not go; see its status.")
        time.sleep(1)


def _node_network(api: Api, *, paused: bool) -> None:
    """Routes and rules of the real nodes stay as they are.

    What enforces NetworkPolicies makes all rules anew for each pod that comes or goes, the fake ones too.
    """
    if api.get(_NODE_NETWORK):
        selector = {_NOWHERE: "true" if paused else None}
        api.patch(_NODE_NETWORK, {"spec": {"template": {"spec": {"nodeSelector": selector}}}})


def _no_events() -> list[tuple[str, dict[str, Any]]]:
    """Returns paths and objects that refuse all events of the namespace, no matter which component sends them.

    Events are more than all the rest that is written, since YuniKorn writes half a dozen for each pod. They would be
    most of what is measured on a machine that has everything on it.
    """
    rule = {"apiGroups": ["", "events.k8s.io"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["events"]}
    where = {"matchLabels": {"kubernetes.io/metadata.name": NAME}}
    policy = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": where},
        "validations": [{"expression": "false", "message": "bench-gang keeps no events"}],
    }
    binding = {"policyName": NAME, "validationActions": ["Deny"]}
    return [
        (path, {"metadata": {"name": NAME}, "spec": spec})
        for path, spec in ((_ADMISSION, policy), (_BINDINGS, binding))
    ]


def _wait_for_service_account(api: Api) -> None:
    deadline = time.monotonic() + 30
    while not api.get(f"{NAMESPACE}/serviceaccounts/default"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"The namespace {NAME!r} gets no service account.")
        time.sleep(0.2)


def _spare_cidr(api: Api) -> str:
    """The last block of the pods' network (kind's is a /16): real nodes take theirs from its beginning."""
    nodes = api.call("GET", _NODES)["items"]
    blocks = [block for each in nodes if (block := each["spec"].get("podCIDR"))]
    if not blocks:
        raise RuntimeError("No node of the cluster has a podCIDR: the benchmark is for the kind cluster.")
    network = ipaddress.ip_network(blocks[0])
    *_, last = network.supernet(new_prefix=16).subnets(new_prefix=network.prefixlen)
    return str(last)
