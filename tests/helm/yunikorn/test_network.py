"""Network access to YuniKorn, by the policies that the chart renders."""

from pathlib import Path
from typing import Any

from helm.network_policies import Network, Peer
from helm.pod_security import pod_templates
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
EVERYONE = {
    "server": Peer(namespace="longshore", labels={"app.kubernetes.io/component": "server"}),
    "another of its namespace": Peer(namespace="longshore", labels={"app.kubernetes.io/component": "history"}),
    "job": Peer(namespace="jobs", labels={"emr-containers.amazonaws.com/job.id": "1"}),
    "airflow": Peer(namespace="airflow"),
    "prometheus": Peer(namespace="monitoring"),
    "another of yunikorn's namespace": Peer(namespace="yunikorn"),
    "internet": Peer(address="198.51.100.7"),
    "api server": Peer(address="10.0.0.9"),
}


def reached(manifests: Manifests, name: str, port: int) -> set[str]:
    policies = [
        {**each, "metadata": {"namespace": "yunikorn"} | each["metadata"]}
        for each in by_kind(manifests, "NetworkPolicy").values()
    ]
    network = Network(policies=policies, namespaces={})
    pods = {
        owner.partition("/")[2]: Peer(namespace="yunikorn", labels=pod["metadata"]["labels"])
        for owner, pod in pod_templates(manifests)
    }
    return {peer for peer, at in (EVERYONE | pods).items() if network.connects(at, pods[name], port)}


def test_only_the_job_server_reaches_the_rest_api(kind: Manifests) -> None:
    assert reached(kind, "yunikorn", 9080) == {"server"}
    assert reached(kind, "yunikorn", 22) == set()


def test_prometheus_and_the_admission_controller_do_where_they_are(everything: Manifests) -> None:
    assert reached(everything, "yunikorn", 9080) == {"server", "prometheus", "yunikorn-admission-controller"}


def test_only_kubernetes_api_reaches_the_admission_controller(everything: Manifests) -> None:
    assert reached(everything, "yunikorn-admission-controller", 9089) == {"api server"}


def test_nobody_may_where_nobody_is_named(helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="yunikorn", sets=["networkPolicies.serverNamespaces=null"])
    assert reached(rendered, "yunikorn", 9080) == set()
