"""NetworkPolicies as a function: may this pod connect to that one? Pure.

Source: Kubernetes, "Network Policies". As far as our charts go: TCP by number, selectors, address blocks.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Policy = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One end of a connection: a pod, or, without a namespace, an address outside."""

    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.244.1.1"


@dataclass(frozen=True, kw_only=True)
class Network:
    """The policies of a cluster."""

    policies: Sequence[Policy]
    """With `metadata.namespace`."""
    namespaces: Mapping[str, Mapping[str, str]]
    """Labels of each namespace, beside `kubernetes.io/metadata.name`."""

    def connects(self, source: Peer, target: Peer, port: int, protocol: str = "TCP") -> bool:
        """Returns whether the policies let `source` open a connection to `target`."""
        return self._one_way("Egress", source, target, port, protocol) and self._one_way(
            "Ingress", target, source, port, protocol
        )

    def _one_way(self, direction: str, of: Peer, other: Peer, port: int, protocol: str) -> bool:
        key, peers = ("ingress", "from") if direction == "Ingress" else ("egress", "to")
        ours = [
            policy
            for policy in self.policies
            if policy["metadata"]["namespace"] == of.namespace
            and direction in policy["spec"]["policyTypes"]
            and selects(policy["spec"]["podSelector"], of.labels)
        ]
        rules = [(policy, rule) for policy in ours for rule in policy["spec"].get(key) or []]
        return not ours or any(
            self._peer(rule.get(peers), other, policy["metadata"]["namespace"]) and _port(rule, port, protocol)
            for policy, rule in rules
        )

    def _peer(self, entries: list[dict[str, Any]] | None, peer: Peer, namespace: str) -> bool:
        return not entries or any(self._entry(entry, peer, namespace) for entry in entries)

    def _entry(self, entry: dict[str, Any], peer: Peer, namespace: str) -> bool:
        if block := entry.get("ipBlock"):
            address = ipaddress.ip_address(peer.address)
            excepted = [ipaddress.ip_network(each) for each in block.get("except") or []]
            return address in ipaddress.ip_network(block["cidr"]) and not any(address in each for each in excepted)
        if peer.namespace is None:
            return False
        there = {"kubernetes.io/metadata.name": peer.namespace, **self.namespaces.get(peer.namespace, {})}
        in_namespace = (
            selects(entry["namespaceSelector"], there) if "namespaceSelector" in entry else peer.namespace == namespace
        )
        return in_namespace and selects(entry.get("podSelector") or {}, peer.labels)


def selects(selector: dict[str, Any], labels: Mapping[str, str]) -> bool:
    """Returns whether a label selector matches. An empty one matches all."""
    return all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items()) and all(
        _expression(each, labels) for each in selector.get("matchExpressions") or []
    )


def _expression(expression: dict[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values")
    return {
        "Exists": lambda: key in labels,
        "DoesNotExist": lambda: key not in labels,
        "In": lambda: labels.get(key) in values,
        "NotIn": lambda: labels.get(key) not in values,
    }[expression["operator"]]()


def _port(rule: dict[str, Any], port: int, protocol: str) -> bool:
    entries = rule.get("ports")
    return not entries or any(
        entry.get("protocol", "TCP") == protocol
        and entry.get("port", port) <= port <= entry.get("endPort", entry.get("port", port))
        for entry in entries
    )
