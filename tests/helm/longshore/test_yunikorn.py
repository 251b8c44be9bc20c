"""With YuniKorn: what the server is told, who may make placeholders, and who may say whose a job is.

That the policies refuse and let pass what they shall is tested against the API (tests/cluster/test_yunikorn_queues.py).
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from emr_containers.cli import app
from emr_containers.runtimes.kubernetes.names import APPLICATION_LABEL, USER_LABEL
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
POLICY, BINDING = "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"
TEAMS = "jobs.namespaces={team-a,team-b}"


@pytest.fixture(scope="module")
def enabled(helm: Helm, chart: Path) -> Manifests:
    sets = ["yunikorn.enabled=true", "yunikorn.namespace=queues", TEAMS]
    return helm.template(chart, namespace="longshore", values=[chart / "values-kind.yaml"], sets=sets)


def options(manifests: Manifests) -> list[str]:
    (container,) = by_kind(manifests, "Deployment")["emr-containers"]["spec"]["template"]["spec"]["containers"]
    return [option for option in container["args"] if "yunikorn" in option]


def expressions(manifests: Manifests, policy: str) -> str:
    spec = by_kind(manifests, POLICY)[policy]["spec"]
    parts = [*spec["matchConditions"], *spec["variables"], *spec["validations"]]
    return "\n".join(part["expression"] for part in parts)


def test_without_it_there_is_nothing_of_it(kind: Manifests, eks: Manifests) -> None:
    assert options(kind) == []
    for manifests in (kind, eks):
        assert "yunikorn" not in json.dumps(manifests)
        assert by_kind(manifests, POLICY) == {}


def test_the_server_is_told_where_it_is_by_an_option_that_it_knows(enabled: Manifests) -> None:
    assert options(enabled) == ["--yunikorn-url=http://yunikorn.yunikorn:9080"]
    known = typer.main.get_command(app).commands["serve"].params  # type: ignore[attr-defined]
    assert "--yunikorn-url" in {name for each in known for name in each.opts}


def test_yunikorn_makes_pods_in_the_namespaces_of_jobs_and_nowhere_else(enabled: Manifests) -> None:
    for namespace in ("team-a", "team-b"):
        role = by_kind(enabled, "Role")[f"{namespace}/yunikorn-placeholders"]
        assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]}]
    bound = {
        name
        for kind in ("RoleBinding", "ClusterRoleBinding")
        for name, each in by_kind(enabled, kind).items()
        if {"kind": "ServiceAccount", "name": "yunikorn", "namespace": "queues"} in each["subjects"]
    }
    assert bound == {"team-a/yunikorn-placeholders", "team-b/yunikorn-placeholders"}


def test_the_policies_hold_in_all_namespaces_of_jobs(enabled: Manifests) -> None:
    policies = by_kind(enabled, POLICY)
    bindings = [each["spec"] for each in by_kind(enabled, BINDING).values()]
    for name in policies:
        selectors = [each["matchResources"]["namespaceSelector"] for each in bindings if each["policyName"] == name]
        named = {"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["team-a", "team-b"]}
        assert {"matchLabels": {"longshore.dev/jobs": "true"}} in selectors
        assert {"matchExpressions": [named]} in selectors
    assert all(each["validationActions"] == ["Deny"] for each in bindings)
    assert all(each["spec"]["failurePolicy"] == "Fail" for each in policies.values())


def test_pods_are_exempt_from_the_job_controller_and_yunikorn_alone(enabled: Manifests) -> None:
    spec = by_kind(enabled, POLICY)["longshore-longshore-job-pods"]["spec"]
    (condition,) = spec["matchConditions"]
    assert set(re.findall(r"'(\S+)'", condition["expression"])) == {
        "system:serviceaccount:kube-system:job-controller",
        "system:serviceaccount:queues:yunikorn",
    }
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert (rule["resources"], rule["operations"]) == (["pods"], ["CREATE", "UPDATE"])


def test_jobs_are_exempt_from_the_server_alone(enabled: Manifests) -> None:
    spec = by_kind(enabled, POLICY)["longshore-longshore-jobs"]["spec"]
    (condition,) = spec["matchConditions"]
    assert condition["expression"] == "request.userInfo.username != 'system:serviceaccount:longshore:emr-containers'"
    (rule,) = spec["matchConstraints"]["resourceRules"]
    assert (rule["resources"], rule["operations"]) == (["jobs"], ["CREATE", "UPDATE"])


@pytest.mark.parametrize("policy", ["longshore-longshore-job-pods", "longshore-longshore-jobs"])
def test_every_key_by_which_yunikorn_knows_user_and_queue_is_guarded(enabled: Manifests, policy: str) -> None:
    text = expressions(enabled, policy)
    domain = "yunikorn.apache.org"
    for key in (USER_LABEL, f"{domain}/queue", "queue", f"{domain}/user.info"):
        assert f"'{key}'" in text


def test_an_executor_stays_in_its_drivers_application(enabled: Manifests) -> None:
    text = expressions(enabled, "longshore-longshore-job-pods")
    assert f"'{APPLICATION_LABEL}'" in text
    assert "authentication.kubernetes.io/pod-uid" in text


def test_a_refusal_is_one_line_with_the_way_out(enabled: Manifests) -> None:
    messages = [
        each["message"] for policy in by_kind(enabled, POLICY).values() for each in policy["spec"]["validations"]
    ]
    assert len(messages) >= 6
    for message in messages:
        assert "\n" not in message  # the API takes no other
        assert re.search(r"leave|say", message)
