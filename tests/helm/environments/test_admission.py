"""The policies say what they should; that they hold is looked at by a cluster's tests."""

from pathlib import Path
from typing import Any

from environments.resource.names import RETAINED_PREFIX
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]


def test_every_policy_is_bound_and_denies(manifests: Manifests) -> None:
    policies = by_kind(manifests, "ValidatingAdmissionPolicy")
    bindings = by_kind(manifests, "ValidatingAdmissionPolicyBinding").values()
    assert {each["spec"]["policyName"] for each in bindings} == set(policies)
    assert all(each["spec"]["validationActions"] == ["Deny"] for each in bindings)
    assert all(each["spec"]["failurePolicy"] == "Fail" for each in policies.values())


def test_an_environment_is_of_who_makes_it(manifests: Manifests) -> None:
    spec = by_kind(manifests, "ValidatingAdmissionPolicy")["longshore-environments-owners"]["spec"]
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert set(rule["operations"]) == {"CREATE", "UPDATE", "DELETE"}
    assert rule["resources"] == ["airflowenvironments"]
    assert spec["validations"][0]["expression"] == "variables.owner == request.userInfo.username"


def test_the_controller_and_who_is_named_are_excepted(helm: Helm, chart: Path) -> None:
    rendered = helm.template(
        chart, namespace="envs", sets=["admission.adminUsers={page}", "admission.adminGroups={ops}"]
    )
    spec = by_kind(rendered, "ValidatingAdmissionPolicy")["longshore-environments-owners"]["spec"]
    conditions = {each["name"]: each["expression"] for each in spec["matchConditions"]}
    assert '"system:serviceaccount:envs:environments"' in conditions["by-users"]
    assert '"page"' in conditions["by-users"]
    assert '["ops"]' in conditions["by-nobody-of-the-platform"]


def test_the_controller_is_kept_to_environments(manifests: Manifests) -> None:
    spec = by_kind(manifests, "ValidatingAdmissionPolicy")["longshore-environments-controller"]["spec"]
    (condition,) = spec["matchConditions"]
    assert "system:serviceaccount:environments:environments" in condition["expression"]
    assert "startsWith('env-')" in spec["validations"][0]["expression"]


def test_beside_the_objects_it_writes_no_secrets_but_what_it_keeps(manifests: Manifests) -> None:
    spec = by_kind(manifests, "ValidatingAdmissionPolicy")["longshore-environments-controller"]["spec"]
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert {"secrets"} <= set(rule["resources"])
    expression = spec["validations"][0]["expression"]
    assert f"request.namespace == 'environments' && request.name.startsWith('{RETAINED_PREFIX}')" in expression


def test_what_the_controller_notes_of_its_work_is_no_one_elses_to_write(manifests: Manifests) -> None:
    spec = by_kind(manifests, "ValidatingAdmissionPolicy")["longshore-environments-owners"]["spec"]
    variables = {each["name"]: each["expression"] for each in spec["variables"]}
    assert variables["before"].startswith("request.operation != 'UPDATE' || ")
    assert variables["after"].startswith("request.operation == 'DELETE' || ")
    (validation,) = [each for each in spec["validations"] if "kopf" in each["expression"]]
    ours = "!key.startsWith('kopf.longshore.dev/')"
    assert f"variables.after.all(key, {ours} || (key in variables.before && " in validation["expression"]
    assert f"variables.before.all(key, {ours} || key in variables.after)" in validation["expression"]
    assert "kopf.longshore.dev/" in validation["message"]


def test_no_service_of_an_environments_takes_addresses_outside(manifests: Manifests) -> None:
    spec = by_kind(manifests, "ValidatingAdmissionPolicy")["longshore-environments-services"]["spec"]
    constraints = spec["matchConstraints"]
    (of_environments,) = constraints["namespaceSelector"]["matchExpressions"]
    assert of_environments == {"key": "longshore.dev/environment", "operator": "Exists"}
    (rule,) = constraints["resourceRules"]
    assert (rule["resources"], set(rule["operations"])) == (["services"], {"CREATE", "UPDATE"})
    assert "matchConditions" not in spec, "it is for everyone"
    (validation,) = spec["validations"]
    assert validation["expression"] == "!has(object.spec.externalIPs) || size(object.spec.externalIPs) == 0"
