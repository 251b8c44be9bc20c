"""Karpenter's pools fit the pods that are to go there, and let running drivers alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease, cluster_releases
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.settings import load_releases
from helm.rendering import Helm, by_kind

Manifests = list[dict[str, Any]]
OWN_SERVER = ["server.enabled=true", "jobs.emrOnEks=false"]
RUN = RunIdentity(id="000abc", virtual_cluster_id="vc", namespace="jobs")
SPEC: Any = {
    "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/transfer.py"}},
    "releaseLabel": "spark-4.1",
}
KEY = "longshore.dev/role"


@pytest.fixture(scope="module")
def pools(eks: Manifests) -> dict[str, dict[str, Any]]:
    """The pools' specs, by name."""
    return {name: each["spec"] for name, each in by_kind(eks, "NodePool").items()}


@pytest.fixture
def release(helm: Helm, chart: Path, tmp_path: Path) -> ClusterRelease:
    """The Spark release of a server of our own on EKS."""
    rendered = helm.template(chart, namespace="longshore", values=[chart / "values-eks.yaml"], sets=OWN_SERVER)
    for name, content in by_kind(rendered, "ConfigMap")["emr-containers"]["data"].items():
        (tmp_path / name).write_text(content)
    return cluster_releases(load_releases(tmp_path / "releases.toml"))["spark-4.1"]


def requirement(pool: Mapping[str, Any], key: str) -> list[str] | None:
    """The values that a pool's requirement allows; None without one."""
    found = [each["values"] for each in pool["template"]["spec"]["requirements"] if each["key"] == key]
    return found[0] if found else None


def takes(pool: Mapping[str, Any], pod: Mapping[str, Any]) -> bool:
    """Returns whether the pool's nodes have the labels that the pod asks for, and the pod tolerates their taints."""
    labels, taints = pool["template"]["metadata"]["labels"], pool["template"]["spec"]["taints"]
    return all(labels.get(key) == value for key, value in (pod.get("nodeSelector") or {}).items()) and all(
        any(
            (each["key"], each["effect"], each.get("value")) == (taint["key"], taint["effect"], taint["value"])
            for each in pod.get("tolerations") or []
        )
        for taint in taints
    )


def test_drivers_are_on_demand_and_executors_on_spot(pools: dict[str, dict[str, Any]]) -> None:
    assert {name: requirement(pool, "karpenter.sh/capacity-type") for name, pool in pools.items()} == {
        f"{queue}-{role}s": ["spot"] if role == "executor" else ["on-demand"]
        for queue in ("default", "batch", "adhoc")
        for role in ("driver", "executor")
    }


def test_a_queues_drivers_and_executors_are_in_its_zones(pools: dict[str, dict[str, Any]]) -> None:
    zone = "topology.kubernetes.io/zone"
    assert requirement(pools["batch-drivers"], zone) == requirement(pools["batch-executors"], zone) == ["us-east-1a"]
    assert pools["batch-executors"]["template"]["metadata"]["labels"]["longshore.dev/queue"] == "batch"


def test_a_queue_without_zones_has_them_all(helm: Helm, chart: Path) -> None:
    rendered = helm.template(chart, namespace="longshore", sets=["karpenter.enabled=true"])
    (name, pool), *_ = by_kind(rendered, "NodePool").items()
    assert name == "default-drivers"
    assert requirement(pool["spec"], "topology.kubernetes.io/zone") is None


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_pods_of_a_role_fit_its_pools_and_no_others(
    pools: dict[str, dict[str, Any]], release: ClusterRelease, role: str
) -> None:
    pod = getattr(release, role)["spec"]
    assert {name for name, pool in pools.items() if takes(pool, pod)} == {
        f"{queue}-{role}s" for queue in ("default", "batch", "adhoc")
    }
    assert not any(takes(pool, {}) for pool in pools.values()), "a pod that says nothing gets no node of theirs"


def test_a_node_with_a_running_driver_is_spared(pools: dict[str, dict[str, Any]], release: ClusterRelease) -> None:
    pod = build_job(SPEC, release, RUN)["spec"]["template"]
    assert pod["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"
    assert pod["spec"]["nodeSelector"][KEY] == "driver"
    for name, pool in pools.items():
        assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
        assert "terminationGracePeriod" not in pool["template"]["spec"], "it would end what must not be disrupted"
        if name.endswith("-drivers"):
            assert {"nodes": "0", "reasons": ["Drifted", "Underutilized"]} in pool["disruption"]["budgets"]


def test_every_pool_has_the_nodes_of_the_one_class(eks: Manifests, pools: dict[str, dict[str, Any]]) -> None:
    ((name, of_aws),) = by_kind(eks, "EC2NodeClass").items()
    assert {pool["template"]["spec"]["nodeClassRef"]["name"] for pool in pools.values()} == {name}
    assert of_aws["spec"]["metadataOptions"] == {"httpTokens": "required", "httpPutResponseHopLimit": 1}


def test_there_are_none_where_karpenter_is_not_asked_for(kind: Manifests) -> None:
    assert {each["kind"] for each in kind} & {"NodePool", "EC2NodeClass"} == set()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("karpenter.queues.batch={here}", "/karpenter/queues/batch/0"),
        ("karpenter.queues.Batch={us-east-1a}", "Batch"),
        ("karpenter.drivers.capacityTypes={cheap}", "/karpenter/drivers/capacityTypes/0"),
        ("karpenter.executors.consolidateAfter=soon", "/karpenter/executors/consolidateAfter"),
        ("karpenter.volumeSize=100", "/karpenter/volumeSize"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(helm: Helm, chart: Path, wrong: str, named: str) -> None:
    assert named in helm.refusal(chart, namespace="longshore", sets=[wrong])
