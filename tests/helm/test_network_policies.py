"""The matcher reads NetworkPolicies as Kubernetes does."""

from typing import Any

from helm.network_policies import Network, Peer


def _policy(**spec: Any) -> dict[str, Any]:
    types = [kind for kind, key in (("Ingress", "ingress"), ("Egress", "egress")) if key in spec]
    return {"metadata": {"namespace": "a"}, "spec": {"podSelector": {}, "policyTypes": types} | spec}


def _network(*policies: dict[str, Any]) -> Network:
    return Network(policies=policies, namespaces={"b": {"team": "red"}})


HERE, THERE = Peer(namespace="a", labels={"app": "x"}), Peer(namespace="b")
OUTSIDE = Peer(address="192.0.2.1")


def test_without_a_policy_everything_is_open() -> None:
    assert _network().connects(THERE, HERE, 80)
    # A policy of another namespace, or one that selects other pods, says nothing.
    assert _network(_policy(ingress=[], podSelector={"matchLabels": {"app": "y"}})).connects(THERE, HERE, 80)
    assert _network(_policy(ingress=[])).connects(HERE, THERE, 80)


def test_a_policy_without_rules_denies_its_direction() -> None:
    assert not _network(_policy(ingress=[])).connects(THERE, HERE, 80)
    assert not _network(_policy(egress=[])).connects(HERE, THERE, 80)


def test_any_rule_of_any_policy_admits() -> None:
    admit = _policy(
        ingress=[{"from": [{"namespaceSelector": {"matchLabels": {"team": "red"}}}], "ports": [{"port": 80}]}]
    )
    network = _network(_policy(ingress=[]), admit)
    assert network.connects(THERE, HERE, 80)
    assert not network.connects(THERE, HERE, 81)
    assert not network.connects(THERE, HERE, 80, "UDP")
    assert not network.connects(Peer(namespace="c"), HERE, 80)


def test_a_pod_selector_alone_means_the_policys_own_namespace() -> None:
    network = _network(_policy(ingress=[{"from": [{"podSelector": {}}]}]))
    assert network.connects(Peer(namespace="a"), HERE, 80)
    assert not network.connects(THERE, HERE, 80)


def test_both_selectors_of_one_entry_must_match() -> None:
    entry = {
        "namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]},
        "podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x"]}]},
    }
    network = _network(_policy(ingress=[{"from": [entry]}]))
    assert network.connects(Peer(namespace="b", labels={"app": "x"}), HERE, 80)
    assert not network.connects(THERE, HERE, 80)


def test_an_address_block_has_exceptions() -> None:
    block = {"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}}
    network = _network(_policy(ingress=[{"from": [block]}]))
    assert network.connects(OUTSIDE, HERE, 80)
    assert not network.connects(Peer(address="192.0.2.200"), HERE, 80)
    assert not network.connects(THERE, HERE, 80)
