"""Network access between pods, by the policies that the chart renders for the local cluster."""

from pathlib import Path
from typing import Any

import pytest
from helm.network_policies import Network, Peer
from helm.pod_security import pod_templates
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
JOB = {"emr-containers.amazonaws.com/job.id": "1", "emr-containers.amazonaws.com/component": "driver"}
DRIVER = Peer(namespace="jobs", labels=JOB)
EXECUTOR = Peer(namespace="jobs", labels=JOB | {"emr-containers.amazonaws.com/component": "executor"})
INTRUDER = Peer(namespace="jobs", labels={"app": "mine"})
AIRFLOW = Peer(namespace="airflow")
ENVIRONMENT = Peer(namespace="env-alice")
STRANGER = Peer(namespace="default")
HOST = Peer(address="172.18.0.1")
INTERNET = Peer(address="198.51.100.7")
API_SERVER = Peer(address="172.18.0.2")
DNS = Peer(namespace="kube-system", labels={"k8s-app": "kube-dns"})
PORTS = {"emr-containers": 8998, "history": 18080, "platform-db": 5432, "lake-db": 5432, "s3": 7070, "git": 9418}


@pytest.fixture(scope="module")
def network(kind: Manifests) -> Network:
    policies = [
        {**each, "metadata": {"namespace": "longshore"} | each["metadata"]}
        for each in by_kind(kind, "NetworkPolicy").values()
    ]
    return Network(policies=policies, namespaces={"env-alice": {"longshore.dev/airflow": "true"}})


@pytest.fixture(scope="module")
def parts(kind: Manifests) -> dict[str, Peer]:
    """The platform's pods, by name."""
    return {
        name.partition("/")[2]: Peer(namespace="longshore", labels=pod["metadata"]["labels"])
        for name, pod in pod_templates(kind)
    }


@pytest.mark.parametrize(
    ("target", "sources"),
    [
        ("platform-db", {"emr-containers", "airflow", "environment"}),
        ("lake-db", {"driver", "executor"}),
        ("s3", {"driver", "executor", "airflow", "environment", "emr-containers", "history"}),
        ("emr-containers", {"airflow", "environment", "host"}),
        ("history", {"airflow", "environment", "host"}),
        ("git", {"airflow", "environment"}),
    ],
)
def test_a_part_is_reached_by_those_that_need_it_only(
    network: Network, parts: dict[str, Peer], target: str, sources: set[str]
) -> None:
    everyone = parts | {
        "driver": DRIVER,
        "executor": EXECUTOR,
        "intruder": INTRUDER,
        "airflow": AIRFLOW,
        "environment": ENVIRONMENT,
        "stranger": STRANGER,
        "host": HOST,
        "internet": INTERNET,
    }
    reached = {name for name, peer in everyone.items() if network.connects(peer, parts[target], PORTS[target])}
    assert reached == sources


def test_prometheus_reaches_the_server_where_its_namespace_is_named(
    helm: Helm, chart: Path, parts: dict[str, Peer]
) -> None:
    sets = ["networkPolicies.metricsNamespaces={monitoring}"]
    rendered = helm.template(chart, namespace="longshore", values=[chart / "values-kind.yaml"], sets=sets)
    policies = [
        {**each, "metadata": {"namespace": "longshore"} | each["metadata"]}
        for each in by_kind(rendered, "NetworkPolicy").values()
    ]
    network, prometheus = Network(policies=policies, namespaces={}), Peer(namespace="monitoring")
    reached = {name for name, port in PORTS.items() if network.connects(prometheus, parts[name], port)}
    assert reached == {"emr-containers"}


def test_no_other_port_is_open(network: Network, parts: dict[str, Peer]) -> None:
    for target in parts:
        for peer in (DRIVER, AIRFLOW, HOST, parts["emr-containers"]):
            assert not network.connects(peer, parts[target], 22)


def test_driver_and_executors_reach_each_other(network: Network) -> None:
    assert network.connects(EXECUTOR, DRIVER, 7078)
    assert network.connects(EXECUTOR, DRIVER, 7079)
    assert network.connects(DRIVER, EXECUTOR, 7079)


def test_nobody_else_reaches_a_job(network: Network, parts: dict[str, Peer]) -> None:
    for peer in (INTRUDER, AIRFLOW, STRANGER, HOST, parts["emr-containers"]):
        assert not network.connects(peer, DRIVER, 7078)


def test_a_job_reaches_names_the_api_and_nothing_in_the_wide_world(network: Network) -> None:
    assert network.connects(DRIVER, DNS, 53, "UDP")
    assert network.connects(DRIVER, API_SERVER, 6443)
    assert not network.connects(DRIVER, INTERNET, 443)
    assert not network.connects(DRIVER, AIRFLOW, 8080)
    assert not network.connects(DRIVER, API_SERVER, 30998)


def test_a_pod_without_a_jobs_labels_reaches_nothing(network: Network, parts: dict[str, Peer]) -> None:
    for peer, port in ((DNS, 53), (API_SERVER, 6443), (parts["s3"], 7070), (parts["lake-db"], 5432), (INTERNET, 443)):
        assert not network.connects(INTRUDER, peer, port)


def test_jobs_on_aws_reach_its_services_and_the_databases_of_the_vpc(eks: Manifests) -> None:
    policies = [each for each in by_kind(eks, "NetworkPolicy").values() if each["metadata"].get("namespace") == "jobs"]
    network = Network(policies=policies, namespaces={})
    assert network.connects(DRIVER, INTERNET, 443)
    assert network.connects(DRIVER, Peer(address="10.0.7.7"), 5432)
    assert not network.connects(DRIVER, INTERNET, 5432)
