"""The gateway admits the clients that the values name, and reaches environments and the wake page, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest
from environments.build.network import api_server_from
from environments.resource.names import ENVIRONMENT_LABEL
from environments.settings import load
from environments.wake_page.app import PORT
from helm.network_policies import Network, Peer
from helm.pod_security import house_violations, pod_templates, restricted_violations
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
NGINX = (Path(__file__).parents[3] / "images" / "gateway" / "nginx.conf").read_text()
ENVIRONMENT = {"env-mine": {ENVIRONMENT_LABEL: "mine"}, "env-other": {ENVIRONMENT_LABEL: "other"}}
API_SERVER = {"app.kubernetes.io/name": "airflow", "app.kubernetes.io/component": "api-server"}
CLIENT = Peer(address="172.18.0.1")


def pod(manifests: Manifests, name: str) -> dict[str, Any]:
    return dict(pod_templates(manifests))[f"Deployment/{name}"]


def peer(manifests: Manifests, name: str) -> Peer:
    return Peer(namespace="environments", labels=pod(manifests, name)["metadata"]["labels"])


def network(manifests: Manifests) -> Network:
    policies = [
        {**each, "metadata": {"namespace": "environments", **each["metadata"]}}
        for each in by_kind(manifests, "NetworkPolicy").values()
    ]
    return Network(policies=policies, namespaces=ENVIRONMENT)


def test_it_is_restricted_and_asks_kubernetes_nothing(manifests: Manifests) -> None:
    spec = pod(manifests, "gateway")["spec"]
    assert restricted_violations(spec) == []
    assert house_violations(spec) == []
    assert spec["automountServiceAccountToken"] is False


def test_its_configuration_names_the_wake_page_as_the_chart_does(manifests: Manifests) -> None:
    service = by_kind(manifests, "Service")["environments-door"]["spec"]
    (port,) = service["ports"]
    assert port["port"] == port["targetPort"] == PORT
    assert f"http://$wake_page:{PORT};" in NGINX
    script = (Path(__file__).parents[3] / "images" / "gateway" / "serve-gateway").read_text()
    assert "s|@wake_page@|environments-door.$services|" in script
    assert service["selector"].items() <= pod(manifests, "environments")["metadata"]["labels"].items()


def test_it_listens_where_its_service_leads(manifests: Manifests) -> None:
    service = by_kind(manifests, "Service")["gateway"]["spec"]
    assert service["selector"].items() <= pod(manifests, "gateway")["metadata"]["labels"].items()
    (container,) = pod(manifests, "gateway")["spec"]["containers"]
    assert container["ports"] == [{"name": service["ports"][0]["targetPort"], "containerPort": 8080}]


def test_it_reaches_api_servers_of_environments_and_the_wake_page(manifests: Manifests) -> None:
    here, gateway, wake_page = network(manifests), peer(manifests, "gateway"), peer(manifests, "environments")
    assert here.connects(gateway, Peer(namespace="env-mine", labels=API_SERVER), 8080)
    assert here.connects(gateway, wake_page, PORT)
    assert here.connects(gateway, Peer(namespace="kube-system", labels={"k8s-app": "kube-dns"}), 53, "UDP")
    assert not here.connects(gateway, Peer(namespace="env-mine", labels={"app.kubernetes.io/name": "other"}), 8080)
    assert not here.connects(gateway, Peer(namespace="airflow", labels=API_SERVER), 8080)
    assert not here.connects(gateway, Peer(namespace="longshore"), 5432)
    assert not here.connects(gateway, Peer(address="169.254.169.254"), 80)
    assert not here.connects(gateway, wake_page, 8080)


def test_only_the_gateway_comes_to_the_wake_page(manifests: Manifests) -> None:
    here, wake_page = network(manifests), peer(manifests, "environments")
    assert not here.connects(Peer(namespace="env-mine", labels=API_SERVER), wake_page, PORT)
    assert not here.connects(Peer(namespace="environments"), wake_page, PORT)
    assert not here.connects(CLIENT, wake_page, PORT)


def test_on_the_local_cluster_the_machine_reaches_it_and_environments_do_not(kind: Manifests) -> None:
    here, gateway = network(kind), peer(kind, "gateway")
    assert here.connects(CLIENT, gateway, 8080)
    assert not here.connects(Peer(namespace="env-mine", labels=API_SERVER), gateway, 8080)


def test_where_nobody_is_named_everybody_reaches_it(helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="environments")
    assert network(rendered).connects(CLIENT, peer(rendered, "gateway"), 8080)


@pytest.mark.parametrize("values", ["values-kind.yaml", "values-eks.yaml"])
def test_api_servers_let_it_in(helm: Helm, chart: Path, tmp_path: Path, values: str) -> None:
    rendered = helm.template(chart, namespace="environments", values=[chart / values])
    file = tmp_path / "settings.yaml"
    file.write_text(by_kind(rendered, "ConfigMap")["environments"]["data"]["settings.yaml"])
    rules = [{"from": api_server_from(load(file)), "ports": [{"port": 8080}]}]
    policy = {
        "metadata": {"namespace": "env-mine"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": rules},
    }
    here = Network(policies=[*network(rendered).policies, policy], namespaces=ENVIRONMENT)
    target = Peer(namespace="env-mine", labels=API_SERVER)
    assert here.connects(peer(rendered, "gateway"), target, 8080)
    assert not here.connects(Peer(namespace="env-other", labels=API_SERVER), target, 8080)


def test_on_the_local_cluster_it_has_the_port_of_the_machine(kind: Manifests) -> None:
    import yaml

    (port,) = by_kind(kind, "Service")["gateway"]["spec"]["ports"]
    config = yaml.safe_load((Path(__file__).parents[3] / "kind-config.yaml").read_text())
    mapped = {each["containerPort"]: each["hostPort"] for each in config["nodes"][0]["extraPortMappings"]}
    settings = by_kind(kind, "ConfigMap")["environments"]["data"]["settings.yaml"]
    assert f'public_url: "http://localhost:{mapped[port["nodePort"]]}"' in settings


def test_on_eks_an_ingress_leads_to_it_and_a_drain_leaves_one(helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="environments", values=[chart / "values-eks.yaml"])
    ((host, path),) = [
        (rule["host"], rule["http"]["paths"][0]) for rule in by_kind(rendered, "Ingress")["gateway"]["spec"]["rules"]
    ]
    settings = by_kind(rendered, "ConfigMap")["environments"]["data"]["settings.yaml"]
    assert re.search(f'public_url: "https://{re.escape(host)}"', settings)
    assert (path["path"], path["backend"]["service"]["name"]) == ("/env", "gateway")
    assert by_kind(rendered, "Deployment")["gateway"]["spec"]["replicas"] == 2
    assert by_kind(rendered, "PodDisruptionBudget")["gateway"]["spec"]["maxUnavailable"] == 1


def test_without_a_host_there_is_no_ingress(kind: Manifests) -> None:
    assert by_kind(kind, "Ingress") == {}
    assert by_kind(kind, "PodDisruptionBudget") == {}


def test_a_port_of_the_nodes_needs_a_service_that_has_one(helm: Helm, chart: Path) -> None:
    said = helm.refusal(chart, namespace="environments", sets=["gateway.service.nodePort=30081"])
    assert "gateway.service.nodePort cannot be used with the type ClusterIP; use gateway.service.type=NodePort" in said
