"""Network access to the stack, by the policies that the chart renders."""

from pathlib import Path
from typing import Any

import pytest
from helm.network_policies import Network, Peer
from helm.pod_security import pod_templates
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
COMPONENT = "app.kubernetes.io/component"
EVERYONE = {
    "server": Peer(namespace="longshore", labels={COMPONENT: "server"}),
    "another of the platform": Peer(namespace="longshore", labels={COMPONENT: "history"}),
    "airflow's page": Peer(namespace="airflow", labels={COMPONENT: "api-server", "app.kubernetes.io/name": "airflow"}),
    "scheduler": Peer(namespace="airflow", labels={COMPONENT: "scheduler", "app.kubernetes.io/name": "airflow"}),
    "another of airflow's namespace": Peer(namespace="airflow", labels={"app": "mine"}),
    "environment": Peer(namespace="env-ann", labels={COMPONENT: "api-server", "app.kubernetes.io/name": "airflow"}),
    "false server": Peer(namespace="env-ann", labels={COMPONENT: "server"}),
    "job": Peer(namespace="jobs", labels={"emr-containers.amazonaws.com/job.id": "1"}),
    "another of this namespace": Peer(namespace="observability"),
    "internet": Peer(address="198.51.100.7"),
}
READERS = {"server", "airflow's page"}
# Environments carry this label, and are let in nowhere by it.
LABELS = {"env-ann": {"longshore.dev/airflow": "true"}}


def reached(manifests: Manifests, name: str, port: int) -> set[str]:
    policies = [
        {**each, "metadata": {"namespace": "observability"} | each["metadata"]}
        for each in by_kind(manifests, "NetworkPolicy").values()
    ]
    network = Network(policies=policies, namespaces=LABELS)
    pods = {
        owner.partition("/")[2]: Peer(namespace="observability", labels=pod["metadata"]["labels"])
        for owner, pod in pod_templates(manifests)
    }
    return {peer for peer, at in (EVERYONE | pods).items() if network.connects(at, pods[name], port)}


@pytest.mark.parametrize(
    ("target", "port", "sources"),
    [
        ("metrics", 8428, READERS | {"collector", "alerts", "metrics"}),
        ("logs", 9428, READERS | {"collector", "metrics"}),
        ("alerts", 8880, {"metrics"}),
        ("alerts", 9093, set()),
        ("collector", 4318, {"scheduler", "airflow's page"}),
        ("collector", 8888, {"metrics"}),
        ("metrics", 22, set()),
    ],
)
def test_the_stack_is_reached_by_those_that_need_it_only(
    manifests: Manifests, target: str, port: int, sources: set[str]
) -> None:
    assert reached(manifests, target, port) == sources


def test_the_stores_are_closed_where_no_reader_is_named(helm: Helm, chart: Path) -> None:
    sets = ["networkPolicies.serverNamespaces=null", "networkPolicies.airflowNamespaces=null"]
    rendered = helm.template(chart, namespace="observability", sets=sets)
    assert reached(rendered, "logs", 9428) == {"collector", "metrics"}
    assert reached(rendered, "collector", 4318) == set()


def test_what_is_scraped_lets_the_stack_in(helm: Helm, charts: Path, kind: Manifests) -> None:
    metrics = Peer(namespace="observability", labels={COMPONENT: "metrics"})
    pods = {"longshore": "emr-containers", "environments": "environments", "yunikorn": "yunikorn"}
    for name, pod in pods.items():
        rendered = helm.template(charts / name, namespace=name, values=[charts / name / "values-kind.yaml"])
        policies = [
            {**each, "metadata": {"namespace": name} | each["metadata"]}
            for each in by_kind(rendered, "NetworkPolicy").values()
        ]
        found = dict(pod_templates(rendered))[f"Deployment/{pod}"]["metadata"]
        target = Peer(namespace=name, labels=found["labels"])
        port = int(found["annotations"]["prometheus.io/port"])
        assert Network(policies=policies, namespaces={}).connects(metrics, target, port), name
