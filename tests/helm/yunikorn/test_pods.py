"""Pods of the chart: who they run as, what they may, and when they are started anew."""

from pathlib import Path
from typing import Any

from helm.pod_security import house_violations, pod_templates, restricted_violations
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]


def test_every_pod_is_admitted_and_keeps_the_rules_of_the_house(manifests: Manifests) -> None:
    for name, pod in pod_templates(manifests):
        assert restricted_violations(pod["spec"]) + house_violations(pod["spec"]) == [], name


def test_there_is_one_scheduler_and_the_old_one_is_gone_before_the_new_one_begins(manifests: Manifests) -> None:
    spec = by_kind(manifests, "Deployment")["yunikorn"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_selectors_find_pods_of_their_own_component_only(manifests: Manifests) -> None:
    templates = {name.partition("/")[2]: pod["metadata"]["labels"] for name, pod in pod_templates(manifests)}
    for kind in ("Service", "PodDisruptionBudget", "Deployment"):
        assert by_kind(manifests, kind).keys() == templates.keys()
        for name, manifest in by_kind(manifests, kind).items():
            selector = manifest["spec"]["selector"]
            labels = selector if kind == "Service" else selector["matchLabels"]
            assert [owner for owner, has in templates.items() if labels.items() <= has.items()] == [name]


def test_a_probe_asks_a_port_that_there_is(manifests: Manifests) -> None:
    for name, pod in pod_templates(manifests):
        (container,) = pod["spec"]["containers"]
        ports = {port["name"] for port in container["ports"]}
        probes = [container[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "readiness", "liveness")]
        assert set(probes) <= ports, name


def test_settings_restart_the_scheduler_and_queues_do_not(helm: Helm, chart: Path) -> None:
    def scheduler(*sets: str) -> Any:
        return dict(pod_templates(helm.template(chart, namespace="yunikorn", sets=sets)))["Deployment/yunikorn"]

    before = scheduler()
    assert scheduler("scheduler.schedulingInterval=2s") != before
    assert scheduler("placeholders.image.tag=3.11") != before
    assert scheduler("queues[0].max.cpu=4", "queues[0].name=other") == before


def test_images_are_yunikorns_of_the_charts_version_unless_another_is_named(helm: Helm, chart: Path) -> None:
    def images(*sets: str) -> list[str]:
        switched = ["admissionController.enabled=true", "admissionController.namespaces={web}"]
        rendered = helm.template(chart, namespace="yunikorn", sets=[*switched, *sets])
        data = by_kind(rendered, "ConfigMap")["yunikorn-configs"]["data"]
        found = dict(pod_templates(rendered))
        pods = [found[f"Deployment/{name}"] for name in ("yunikorn", "yunikorn-admission-controller")]
        return [pod["spec"]["containers"][0]["image"] for pod in pods] + [data["service.placeholderImage"]]

    assert images() == [
        "apache/yunikorn:scheduler-1.9.0",
        "apache/yunikorn:admission-1.9.0",
        "registry.k8s.io/pause:3.10.2",
    ]
    digest = f"sha256:{'0' * 64}"
    assert images("scheduler.image.registry=localhost:5001", f"placeholders.image.digest={digest}") == [
        "localhost:5001/apache/yunikorn:scheduler-1.9.0",
        "apache/yunikorn:admission-1.9.0",
        f"registry.k8s.io/pause@{digest}",
    ]


def test_placeholders_run_as_somebody_whatever_their_image_says(kind: Manifests) -> None:
    data = by_kind(kind, "ConfigMap")["yunikorn-configs"]["data"]
    assert int(data["service.placeholderRunAsUser"]) > 0


def test_the_scheduler_makes_no_pods_but_where_it_is_allowed_to(kind: Manifests) -> None:
    rules = [rule for role in by_kind(kind, "ClusterRole").values() for rule in role["rules"]]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    bound = {each["roleRef"]["name"] for each in by_kind(kind, "ClusterRoleBinding").values()}
    assert {"system:kube-scheduler", "system:volume-scheduler"} < bound
    assert not [rule for rule in rules if "secrets" in rule["resources"]]


def test_the_admission_controller_may_change_its_own_secret_and_web_hooks_only(everything: Manifests) -> None:
    of_it = [
        rule
        for kind in ("Role", "ClusterRole")
        for name, role in by_kind(everything, kind).items()
        if "admission-controller" in name
        for rule in role["rules"]
    ]
    unnamed = [rule for rule in of_it if "resourceNames" not in rule and {"update", "delete"} & set(rule["verbs"])]
    assert unnamed == []
    (secret,) = by_kind(everything, "Secret").values()
    assert secret["metadata"]["name"] == "admission-controller-secrets"
    assert "data" not in secret
    assert "stringData" not in secret


def test_the_admission_controller_takes_the_named_namespaces(everything: Manifests, kind: Manifests) -> None:
    data = by_kind(everything, "ConfigMap")["yunikorn-configs"]["data"]
    assert data["admissionController.filtering.processNamespaces"] == "^web$"
    services = by_kind(everything, "Service")
    assert data["admissionController.webHook.amServiceName"] in services
    host, _, port = data["admissionController.webHook.schedulerServiceAddress"].partition(":")
    assert int(port) in [each["port"] for each in services[host]["spec"]["ports"]]
    assert [key for key in by_kind(kind, "ConfigMap")["yunikorn-configs"]["data"] if "admission" in key] == []
