"""Rights on the cluster: the controller has no more than it needs, an owner has them only in their own namespace."""

from dataclasses import replace
from typing import Any

from environments.build.access import ROLES, access, own_access
from environments.resource.names import ACCOUNT
from helm.rendering import by_kind
from images.environments.world import SETTINGS, environment

Manifests = list[dict[str, Any]]


def roles(manifests: Manifests) -> dict[str, list[dict[str, Any]]]:
    return {name: each["rules"] for name, each in by_kind(manifests, "ClusterRole").items()}


def may(rules: list[dict[str, Any]], verb: str, group: str, resource: str) -> bool:
    return any(verb in rule["verbs"] and group in rule["apiGroups"] and resource in rule["resources"] for rule in rules)


def test_everywhere_the_controller_has_namespaces_and_bindings_only(manifests: Manifests) -> None:
    rules = roles(manifests)["longshore-environments"]
    assert {resource for rule in rules for resource in rule["resources"]} == {
        "namespaces",
        "rolebindings",
        "clusterroles",
        "customresourcedefinitions",
    }
    assert not may(rules, "escalate", "rbac.authorization.k8s.io", "clusterroles")


def test_it_binds_the_roles_of_environments_and_no_others(manifests: Manifests) -> None:
    (bind,) = [rule for rule in roles(manifests)["longshore-environments"] if "bind" in rule["verbs"]]
    assert set(bind["resourceNames"]) == {name for name in roles(manifests) if name.startswith(f"{ROLES}-")}


def test_every_role_that_is_bound_is_there(manifests: Manifests) -> None:
    everything = replace(SETTINGS, job_server_url="http://jobs", yunikorn_account="y/y")
    bindings = [own_access(environment(), SETTINGS), *access(environment(), everything)]
    bound = {each["roleRef"]["name"] for each in bindings if each["kind"] == "RoleBinding"}
    assert bound == {name for name in roles(manifests) if name.startswith(f"{ROLES}-")}


def test_no_rule_has_a_star(manifests: Manifests) -> None:
    for each in [*by_kind(manifests, "ClusterRole").values(), *by_kind(manifests, "Role").values()]:
        for rule in each["rules"]:
            assert not any("*" in words for words in rule.values())


def test_an_owner_sees_and_forwards_and_changes_nothing(manifests: Manifests) -> None:
    rules = roles(manifests)[f"{ROLES}-owner"]
    for resource in ("pods", "pods/log", "events"):
        assert may(rules, "get", "", resource)
    assert may(rules, "create", "", "pods/portforward")
    assert not any("pods/exec" in rule["resources"] for rule in rules)
    of_secrets = [rule for rule in rules if "secrets" in rule["resources"]]
    assert [(rule["resourceNames"], rule["verbs"]) for rule in of_secrets] == [(["airflow-users"], ["get"])]
    changes = {"update", "patch", "delete", "deletecollection"}
    assert not any(changes & set(rule["verbs"]) for rule in rules)


def test_users_make_environments_and_read_no_secrets(manifests: Manifests) -> None:
    rules = by_kind(manifests, "Role")["environments-user"]["rules"]
    assert may(rules, "create", "longshore.dev", "airflowenvironments")
    assert not any("secrets" in rule["resources"] for rule in rules)
    assert not any("airflowenvironments/status" in rule["resources"] for rule in rules)


def test_the_controller_is_who_it_says_it_is(manifests: Manifests) -> None:
    assert set(by_kind(manifests, "ServiceAccount")) == {ACCOUNT}
