"""Network access to Airflow's pods, by the policies that the chart renders."""

from pathlib import Path

import pytest
from helm.airflow.manifests import Manifests, pods
from helm.network_policies import Network, Peer
from helm.rendering import Helm, by_kind

STRANGER = Peer(namespace="jobs", labels={"emr-containers.amazonaws.com/component": "driver"})
PERSON = Peer(address="172.18.0.1")
OF_ANOTHER_RELEASE = Peer(
    namespace="airflow",
    labels={
        "app.kubernetes.io/name": "airflow",
        "app.kubernetes.io/instance": "other",
        "app.kubernetes.io/component": "api-server",
    },
)


def network(manifests: Manifests) -> Network:
    policies = [
        {**each, "metadata": {"namespace": "airflow"} | each["metadata"]}
        for each in by_kind(manifests, "NetworkPolicy").values()
    ]
    return Network(policies=policies, namespaces={})


def parts(manifests: Manifests) -> dict[str, Peer]:
    return {
        component: Peer(namespace="airflow", labels=pod["metadata"]["labels"])
        for component, pod in pods(manifests).items()
    }


def test_everybody_reaches_the_api_server_and_nothing_else_of_it(manifests: Manifests) -> None:
    found, of = network(manifests), parts(manifests)
    for peer in (PERSON, STRANGER, *of.values()):
        assert found.connects(peer, of["api-server"], 8080)
        assert not found.connects(peer, of["api-server"], 8793)


@pytest.mark.parametrize(("component", "port"), [("scheduler", 8793), ("triggerer", 8794)])
def test_only_the_api_server_reads_the_logs_of_what_runs(manifests: Manifests, component: str, port: int) -> None:
    found, of = network(manifests), parts(manifests)
    everybody = of | {"stranger": STRANGER, "person": PERSON, "of another release": OF_ANOTHER_RELEASE}
    assert {name for name, peer in everybody.items() if found.connects(peer, of[component], port)} == {"api-server"}


def test_nobody_reaches_the_dag_processor_or_a_task(eks: Manifests) -> None:
    found, of = network(eks), parts(eks)
    for target in ("dag-processor", "worker"):
        for peer in (PERSON, STRANGER, *of.values()):
            assert not found.connects(peer, of[target], 8793)


def test_the_api_server_can_be_closed_but_for_a_gateway_and_airflow_itself(helm: Helm, chart: Path) -> None:
    key = "networkPolicies.apiServerFrom[0].namespaceSelector.matchLabels.kubernetes\\.io/metadata\\.name"
    manifests = helm.template(chart, namespace="airflow", values=[chart / "values-eks.yaml"], sets=[f"{key}=gateway"])
    found, of = network(manifests), parts(manifests)
    assert found.connects(Peer(namespace="gateway"), of["api-server"], 8080)
    assert found.connects(of["worker"], of["api-server"], 8080)
    assert not found.connects(STRANGER, of["api-server"], 8080)
    assert not found.connects(PERSON, of["api-server"], 8080)


def test_policies_can_be_left_to_somebody_else(helm: Helm, chart: Path) -> None:
    manifests = helm.template(
        chart, namespace="a", values=[chart / "values-kind.yaml"], sets=["networkPolicies.enabled=false"]
    )
    assert by_kind(manifests, "NetworkPolicy") == {}
