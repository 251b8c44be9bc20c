"""The policies in an environment's namespace admit only what they should."""

from dataclasses import replace

from environments.build.network import api_server_from, network
from helm.network_policies import Network, Peer
from images.environments.world import SETTINGS, environment

JOB = {"emr-containers.amazonaws.com/job.id": "1"}
AIRFLOW = Peer(namespace="env-mine", labels={"app.kubernetes.io/name": "airflow"})
DRIVER = Peer(namespace="env-mine", labels=JOB)
OTHERS_DRIVER = Peer(namespace="env-other", labels=JOB)
DATABASE = Peer(namespace="longshore", labels={"app.kubernetes.io/component": "platform-db"}, address="10.244.2.2")
LAKE = Peer(namespace="longshore", labels={"app.kubernetes.io/component": "lake-db"}, address="10.244.2.3")
METADATA = Peer(address="169.254.169.254")
INTERNET = Peer(address="198.51.100.7")
DNS = Peer(namespace="kube-system", labels={"k8s-app": "kube-dns"}, address="10.244.0.2")
TO_LAKE = [
    {
        "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "longshore"}}}],
        "ports": [{"protocol": "TCP", "port": 5432}],
    }
]


def of(**settings: object) -> Network:
    return Network(policies=network(environment(), replace(SETTINGS, **settings)), namespaces={})  # type: ignore[arg-type]


def test_no_pod_of_another_environment_comes_in() -> None:
    for target in (AIRFLOW, DRIVER):
        for source in (OTHERS_DRIVER, INTERNET):
            assert not of().connects(source, target, 8080)


def test_driver_and_executors_reach_each_other() -> None:
    assert of().connects(DRIVER, DRIVER, 7078)


def test_airflow_reaches_its_database_and_the_git_server() -> None:
    assert of().connects(AIRFLOW, DATABASE, 5432)
    assert of().connects(AIRFLOW, INTERNET, 443)


def test_no_pod_gets_the_rights_of_its_node() -> None:
    assert not of().connects(AIRFLOW, METADATA, 80)
    assert not of().connects(DRIVER, METADATA, 80)
    assert not of(job_egress=TO_LAKE).connects(DRIVER, METADATA, 80)


def test_jobs_reach_what_the_settings_say_and_nothing_else() -> None:
    closed = of(job_egress=TO_LAKE)
    assert closed.connects(DRIVER, LAKE, 5432)
    assert closed.connects(DRIVER, DNS, 53, "UDP")
    assert not closed.connects(DRIVER, INTERNET, 443)
    assert not closed.connects(DRIVER, Peer(namespace="default"), 80)
    assert of().connects(DRIVER, INTERNET, 443)


def test_the_api_server_is_for_the_gateway_and_the_controller() -> None:
    (peer,) = api_server_from(replace(SETTINGS, gateway_namespace="gateway"))
    (expression,) = peer["namespaceSelector"]["matchExpressions"]
    assert expression["values"] == ["environments", "gateway"]
    assert api_server_from(SETTINGS) == []
