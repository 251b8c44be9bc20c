"""The room that is kept for a gang is what the pods of a real Spark ask for, under YuniKorn or without it."""

from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from cluster.chart_values import chart_values, values_of
from cluster.gangs.gang_pods import NO_NODE, Seen, see
from cluster.gangs.pod_history import Pod
from cluster.gangs.yunikorn_api import YuniKorn, is_installed
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import job_namespace
from cluster.parts import Cluster
from emr_containers.runtimes.kubernetes.manifest.gang import TaskGroup, gang_of
from emr_containers.runtimes.kubernetes.manifest.resources import pod_requests
from gang_confs import GANG_CONFS

pytestmark = pytest.mark.timeout(1200)
PLAIN, TEMPLATES = "gang-sizes", "gang-sizes-templates"
PLACED = {
    "resources": {"requests": {"ephemeral-storage": "64Mi"}},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"key": "longshore.dev/spot", "operator": "Exists", "effect": "NoSchedule"}],
}
"""The part of a release's pod templates that the tests add for drivers and for executors."""
CONFS = {case.name: (PLAIN, case.conf) for case in GANG_CONFS} | {
    "pod templates": (TEMPLATES, {"spark.executor.memory": "600m", "spark.kubernetes.executor.request.cores": "1500m"})
}


@pytest.fixture(scope="module")
def pods(cluster: Cluster, helm: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """Runs all jobs. Returns what was seen of each, by name."""
    with ExitStack() as stack:
        stack.enter_context(chart_values(cluster, _values(cluster)))
        jobs = stack.enter_context(job_namespace(cluster, helm, "test-gang-sizes", quota=False))
        if is_installed(cluster):
            yunikorn = YuniKorn(cluster)
            stack.callback(yunikorn.close)
            stack.enter_context(queue_for(yunikorn, jobs.name))
        return see(jobs, CONFS, folder=tmp_path_factory.mktemp("releases"), seconds=1000)


def _values(cluster: Cluster) -> dict[str, Any]:
    spark = values_of(cluster, "longshore", namespace="longshore")["releases"]["spark-4.1"]
    plain = spark | {"sparkDefaults": {"spark.ui.enabled": "false"}}
    placed = {role: plain[role] | PLACED for role in ("driver", "executor")}
    # Executors of three cores are looked at, too, and no node here has as many.
    return {
        "server": {"refuseOversized": False, "maxRunning": 8},
        "releases": {PLAIN: plain, TEMPLATES: plain | placed},
    }


@pytest.mark.parametrize("name", CONFS)
def test_a_task_group_is_what_spark_makes(pods: dict[str, Seen], name: str) -> None:
    seen = pods[name]
    assert not seen.why
    assert seen.driver is not None
    driver, *executors = seen.gang.groups
    assert _asked(seen.driver) == _kept(driver)
    assert len(seen.executors) == sum(group.members for group in executors)
    for pod in seen.executors:
        assert _asked(pod) == _kept(executors[0])
        assert NO_NODE.items() <= pod["spec"]["nodeSelector"].items()


def test_yunikorn_is_told_so(yunikorn: YuniKorn, pods: dict[str, Seen]) -> None:
    for name, seen in pods.items():
        assert seen.driver is not None
        told = gang_of(seen.driver)
        assert told is not None
        assert list(map(_kept, told.groups)) == list(map(_kept, seen.gang.groups)), name


def _asked(pod: Pod) -> dict[str, Any]:
    """Returns the requests and placement rules of a pod in the cluster."""
    spec = pod["spec"]
    # Each pod is given these two by the cluster itself. Source: Kubernetes, DefaultTolerationSeconds.
    own = [each for each in spec.get("tolerations", []) if not each.get("key", "").startswith("node.kubernetes.io/")]
    return _all(
        pod_requests(spec),
        nodes=spec.get("nodeSelector", {}),
        tolerations=own,
        affinity=(spec.get("affinity") or {}).get("nodeAffinity", {}),
    )


def _kept(group: TaskGroup) -> dict[str, Any]:
    """Returns the requests and placement rules that a group reserves for each of its pods."""
    return _all(
        dict(group.requests), nodes=group.node_selector, tolerations=group.tolerations, affinity=group.node_affinity
    )


def _all(requests: dict[str, Decimal], *, nodes: Any, tolerations: Any, affinity: Any) -> dict[str, Any]:
    return {
        "requests": {name: amount for name, amount in requests.items() if amount},
        "nodes": dict(nodes),
        "tolerations": list(tolerations),
        "affinity": dict(affinity),
    }
