"""Pods of the stack: what they may, what they take, and when they are started anew."""

from typing import Any

import yaml
from helm.pod_security import containers, house_violations, pod_templates, restricted_violations
from helm.rendering import by_kind
from longshore_libs.quantities import MEBI, parse_quantity

Manifests = list[dict[str, Any]]
NODES = 3


def test_every_pod_keeps_the_rules_of_the_house(manifests: Manifests) -> None:
    for name, pod in pod_templates(manifests):
        assert house_violations(pod["spec"]) == [], name


def test_every_pod_is_admitted_under_restricted_but_the_collector(manifests: Manifests) -> None:
    found = {name: restricted_violations(pod["spec"]) for name, pod in pod_templates(manifests)}
    collector = found.pop("DaemonSet/collector")
    assert set(map(tuple, found.values())) == {()}
    # It reads the nodes' log files, which belong to root.
    assert sorted(collector) == [
        "container collector: runAsNonRoot is not true",
        "the pod runs as user 0",
        "volume logs is a hostPath",
        "volume state is a hostPath",
    ]


def test_the_collector_reads_the_nodes_logs_and_writes_its_own_folder_only(manifests: Manifests) -> None:
    pod = dict(pod_templates(manifests))["DaemonSet/collector"]["spec"]
    hosts = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    assert hosts == {"logs": "/var/log/pods", "state": "/var/lib/longshore/collector"}
    (container,) = containers(pod)
    writable = {each["name"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert writable == {"state"}
    assert pod["tolerations"] == [{"operator": "Exists"}]


def test_all_limits_on_three_nodes_are_below_700_mib(kind: Manifests) -> None:
    def limit(name: str, pod: dict[str, Any]) -> int:
        each = sum(parse_quantity(one["resources"]["limits"]["memory"]) for one in containers(pod["spec"]))
        return int(each) * (NODES if name.startswith("DaemonSet/") else 1)

    assert sum(limit(*each) for each in pod_templates(kind)) <= 700 * MEBI


def test_a_probe_asks_a_port_that_there_is_and_a_scraped_port_is_one(manifests: Manifests) -> None:
    for name, pod in pod_templates(manifests):
        ports = {each["name"]: each["containerPort"] for one in containers(pod["spec"]) for each in one["ports"]}
        for one in containers(pod["spec"]):
            assert {one[f"{kind}Probe"]["httpGet"]["port"] for kind in ("startup", "readiness", "liveness")} <= set(
                ports
            )
        assert int(pod["metadata"]["annotations"]["prometheus.io/port"]) in ports.values(), name


def test_services_find_their_pods_at_ports_that_they_have(manifests: Manifests) -> None:
    pods = {pod["metadata"]["labels"]["app.kubernetes.io/component"]: pod for _, pod in pod_templates(manifests)}
    services = by_kind(manifests, "Service")
    assert services.keys() == pods.keys()
    for name, service in services.items():
        assert service["spec"]["selector"].items() <= pods[name]["metadata"]["labels"].items()
        ports = {each["name"]: each["containerPort"] for one in containers(pods[name]["spec"]) for each in one["ports"]}
        assert {each["targetPort"]: each["port"] for each in service["spec"]["ports"]}.items() <= ports.items()


def test_the_addresses_in_arguments_and_configuration_are_services(manifests: Manifests) -> None:
    pods = dict(pod_templates(manifests))
    alerts, *_ = containers(pods["StatefulSet/alerts"]["spec"])
    assert "-datasource.url=http://metrics:8428" in alerts["args"]
    assert "-vmalert.proxyURL=http://alerts:8880" in containers(pods["StatefulSet/metrics"]["spec"])[0]["args"]
    exporters = collector_configuration(manifests)["exporters"]
    assert exporters["otlp_http/logs"]["logs_endpoint"].startswith("http://logs:9428/")
    assert exporters["otlp_http/metrics"]["metrics_endpoint"].startswith("http://metrics:8428/")


def test_logs_wait_on_the_nodes_disk_and_are_never_given_up(manifests: Manifests) -> None:
    configuration = collector_configuration(manifests)
    logs = configuration["exporters"]["otlp_http/logs"]
    assert logs["sending_queue"]["storage"] == configuration["receivers"]["file_log"]["storage"] == "file_storage"
    assert logs["sending_queue"]["block_on_overflow"] is True
    assert logs["retry_on_failure"]["max_elapsed_time"] == 0
    # A batch in memory would count as delivered.
    assert not any("batch" in each for each in configuration["service"]["pipelines"]["logs"]["processors"])
    (container,) = containers(dict(pod_templates(manifests))["DaemonSet/collector"]["spec"])
    assert "--feature-gates=stanza.synchronousLogEmitter" in container["args"]


def test_a_changed_configuration_starts_the_pod_anew(kind: Manifests, eks: Manifests) -> None:
    for name, pod in pod_templates(kind):
        sums = {key: value for key, value in pod["metadata"]["annotations"].items() if key.startswith("checksum/")}
        assert sums or name == "StatefulSet/logs", name  # logs has arguments only


def collector_configuration(manifests: Manifests) -> dict[str, Any]:
    return yaml.safe_load(by_kind(manifests, "ConfigMap")["collector"]["data"]["config.yaml"])
