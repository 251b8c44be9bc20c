"""The controller's pod keeps the Pod Security Standard, is alone, and starts anew when it is told something else."""

from pathlib import Path
from typing import Any

from helm.pod_security import house_violations, pod_templates, restricted_violations
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]


def pod(manifests: Manifests) -> dict[str, Any]:
    return dict(pod_templates(manifests))["Deployment/environments"]


def test_it_is_restricted(manifests: Manifests) -> None:
    assert restricted_violations(pod(manifests)["spec"]) == []
    assert house_violations(pod(manifests)["spec"]) == []


def test_there_is_one_and_never_two(manifests: Manifests) -> None:
    deployment = by_kind(manifests, "Deployment")["environments"]
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]["type"]) == (1, "Recreate")


def test_its_service_account_is_the_one_that_has_the_rights(manifests: Manifests) -> None:
    (account,) = by_kind(manifests, "ServiceAccount")
    assert pod(manifests)["spec"]["serviceAccountName"] == account == "environments"


def test_other_settings_start_it_anew(helm: Helm, chart: Path) -> None:
    def mark(*sets: str) -> str:
        rendered = helm.template(chart, namespace="environments", sets=list(sets))
        return str(pod(rendered)["metadata"]["annotations"]["checksum/settings"])

    assert mark() == mark()
    assert mark() != mark("environments.perOwner=5")


def test_passwords_are_files_and_in_no_environment(kind: Manifests) -> None:
    volumes = {each["name"]: each for each in pod(kind)["spec"]["volumes"]}
    assert volumes["database"]["secret"]["secretName"] == "platform-db"
    assert volumes["job-server"]["secret"]["secretName"] == "emr-containers"
    (container,) = pod(kind)["spec"]["containers"]
    assert all("value" in variable for variable in container["env"])


def test_only_its_wake_page_and_its_metrics_can_be_reached(manifests: Manifests) -> None:
    policy = by_kind(manifests, "NetworkPolicy")["environments"]
    assert policy["spec"]["policyTypes"] == ["Ingress"]
    ports = [each["port"] for rule in policy["spec"].get("ingress", []) for each in rule["ports"]]
    assert ports in ([], [int(pod(manifests)["metadata"]["annotations"]["prometheus.io/port"])])
    selected = policy["spec"]["podSelector"]["matchLabels"].items()
    assert selected <= pod(manifests)["metadata"]["labels"].items()
