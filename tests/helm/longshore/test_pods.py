"""Pods of the chart: who they run as, what they are given, and that they belong together."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from emr_containers.access.policies import load_policies
from helm.pod_security import containers, house_violations, pod_templates, restricted_violations
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]


def test_every_pod_is_admitted_by_the_restricted_standard(manifests: Manifests) -> None:
    assert {
        name: found for name, pod in pod_templates(manifests) if (found := restricted_violations(pod["spec"]))
    } == {}


def test_every_pod_keeps_the_rules_of_the_house(manifests: Manifests) -> None:
    assert {name: found for name, pod in pod_templates(manifests) if (found := house_violations(pod["spec"]))} == {}


def test_a_container_finds_every_volume_that_it_mounts_and_a_probe_its_port(manifests: Manifests) -> None:
    for name, pod in pod_templates(manifests):
        claims = {each["metadata"]["name"] for each in _owner(manifests, name)["spec"].get("volumeClaimTemplates", [])}
        volumes = {volume["name"] for volume in pod["spec"].get("volumes", [])} | claims
        for container in containers(pod["spec"]):
            assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes, name
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                check = container.get(probe, {})
                used = {of["port"] for kind in ("httpGet", "tcpSocket") if (of := check.get(kind))}
                assert used <= ports, (name, probe)


def test_selectors_find_pods_of_their_own_component_only(manifests: Manifests) -> None:
    templates = {name: pod["metadata"]["labels"] for name, pod in pod_templates(manifests)}
    for kind in ("Service", "PodDisruptionBudget", "Deployment", "StatefulSet"):
        for name, manifest in by_kind(manifests, kind).items():
            selector = manifest["spec"]["selector"]
            labels = selector if kind == "Service" else selector["matchLabels"]
            found = [owner for owner, has in templates.items() if labels.items() <= has.items()]
            assert [owner.partition("/")[2] for owner in found] == [name]


def test_every_workload_has_a_service_and_a_disruption_budget(manifests: Manifests) -> None:
    workloads = {name.partition("/")[2] for name, _ in pod_templates(manifests)}
    assert workloads == set(by_kind(manifests, "Service")) == set(by_kind(manifests, "PodDisruptionBudget"))


def test_selectors_do_not_change_with_the_version(kind: Manifests) -> None:
    for name, pod in pod_templates(kind):
        assert not [key for key in pod["metadata"]["labels"] if "version" in key or "chart" in key], name


def test_no_secret_is_made_and_no_secret_value_is_written_down(manifests: Manifests) -> None:
    assert by_kind(manifests, "Secret") == {}
    for name, pod in pod_templates(manifests):
        for container in containers(pod["spec"]):
            given = [item["name"] for item in container.get("env", []) if item.get("value")]
            assert not [each for each in given if re.search("PASSWORD$|SECRET|TOKEN|ACCESS_KEY", each)], name


def test_a_change_of_configuration_restarts_its_pods(helm: Helm, chart: Path, kind: Manifests) -> None:
    sets = ["releases.spark-4\\.1.sparkDefaults.spark\\.a=b", "history.sparkProperties.spark\\.a=b"]
    changed = helm.template(chart, namespace="longshore", values=[chart / "values-kind.yaml"], sets=sets)
    before, after = (dict(pod_templates(each)) for each in (kind, changed))
    assert {name for name in before if before[name] != after[name]} == {
        "Deployment/emr-containers",
        "Deployment/history",
    }


def test_policies_are_a_file_that_the_server_is_told_of(helm: Helm, chart: Path, tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "emr-containers:*", "Resource": "*"}
    policies = {"AIRFLOW": {"Version": "2012-10-17", "Statement": [statement]}}
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({"server": {"policies": policies}}))

    def server(*files: Path) -> tuple[dict[str, str], list[str]]:
        rendered = helm.template(chart, namespace="longshore", values=files)
        pod = dict(pod_templates(rendered))["Deployment/emr-containers"]
        return by_kind(rendered, "ConfigMap")["emr-containers"]["data"], pod["spec"]["containers"][0]["args"]

    files, arguments = server(values)
    assert "--policies-file=/etc/emr-containers/policies.json" in arguments
    written = tmp_path / "policies.json"
    written.write_text(files["policies.json"])
    assert load_policies(written, keys=["AIRFLOW"], region="us-east-1", account="000000000000").keys() == {"AIRFLOW"}
    # Without any, every key may do everything: there is no file.
    files, arguments = server()
    assert "policies.json" not in files
    assert not [argument for argument in arguments if "policies" in argument]


def test_a_second_job_server_stands_by_on_another_node_and_a_drain_takes_one_at_a_time(kind: Manifests) -> None:
    spec = by_kind(kind, "Deployment")["emr-containers"]["spec"]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]["maxUnavailable"]) == (2, 0)
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["labelSelector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    assert by_kind(kind, "PodDisruptionBudget")["emr-containers"]["spec"]["maxUnavailable"] == 1


def test_prometheus_finds_the_servers_metrics(kind: Manifests) -> None:
    annotations = dict(pod_templates(kind))["Deployment/emr-containers"]["metadata"]["annotations"]
    scraped = {key.partition("/")[2]: value for key, value in annotations.items() if key.startswith("prometheus.io/")}
    assert scraped == {"scrape": "true", "port": "8998", "path": "/metrics"}


def test_image_names_are_registry_repository_and_tag_or_digest(helm: Helm, chart: Path) -> None:
    sets = [
        "git.image.registry=localhost:5001",
        "git.image.tag=abc",
        "s3.image.tag=abc",
        f"s3.image.digest=sha256:{'0' * 64}",
    ]
    rendered = dict(pod_templates(helm.template(chart, namespace="longshore", sets=sets)))
    images = {name: pod["spec"]["containers"][0]["image"] for name, pod in rendered.items()}
    assert images["Deployment/git"] == "localhost:5001/longshore/git:abc"
    assert images["StatefulSet/s3"] == f"longshore/s3@sha256:{'0' * 64}"
    assert images["Deployment/history"] == "longshore/spark:0.1.0"


@pytest.mark.parametrize("secret", ["", "those"])
def test_s3_knows_others_where_a_secret_has_them(secret: str, helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="longshore", sets=[f"s3.usersSecret={secret}"])
    pod = dict(pod_templates(rendered))["StatefulSet/s3"]["spec"]
    (container,) = pod["containers"]
    folder = next((each["value"] for each in container["env"] if each["name"] == "VGW_IAM_DIR"), None)
    mounted = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    volumes = {each["name"]: each.get("secret") for each in pod["volumes"]}
    assert (volumes[mounted[folder]] if folder else None) == ({"secretName": secret} if secret else None)


def _owner(manifests: Manifests, name: str) -> dict[str, Any]:
    kind, _, name = name.partition("/")
    return by_kind(manifests, kind)[name]
