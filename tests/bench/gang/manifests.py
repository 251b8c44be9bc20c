"""Objects that the benchmark makes: fake nodes, and a gang's pods as the job server and Spark make them. Pure.

Fake nodes carry a taint and a label: nothing real lands on them, and gangs' pods go nowhere else. They have neither an
address nor the label `kubernetes.io/os`, so that the pod network and DaemonSets pass them by.
"""

from enum import Enum
from typing import Any

from emr_containers.runtimes.kubernetes.manifest.gang import spark_gang
from emr_containers.runtimes.kubernetes.manifest.gang_policy import GangPolicy
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling
from emr_containers.runtimes.kubernetes.names import APPLICATION_LABEL, EXECUTOR_GROUP, TASK_GROUP_ANNOTATION, YUNIKORN

from bench.gang.workload import Arrival

Manifest = dict[str, Any]
NAME = "bench-gang"
"""The namespace, the prefix of the nodes, the queue."""
NODE_LABEL = "longshore.dev/bench-node"
GANG_LABEL, ROLE_LABEL = "longshore.dev/bench-gang", "longshore.dev/bench-role"
DRIVER, EXECUTOR = "driver", "executor"
NODE_SIZE = {"cpu": "16", "memory": "64Gi", "pods": "110"}
POLICY = GangPolicy(style="Hard", timeout=3600)
"""All or nothing; and nothing times out, since time is compressed and YuniKorn's clock is not."""
_PLACEMENT = {"nodeSelector": {NODE_LABEL: "true"}, "tolerations": [{"key": NODE_LABEL, "operator": "Exists"}]}
_IMAGE = "bench.invalid/never-pulled"


class Scheduler(Enum):
    """The scheduler that places the pods; the value is `schedulerName`."""

    DEFAULT = "default-scheduler"
    YUNIKORN = YUNIKORN


def node(number: int, *, pod_cidr: str) -> Manifest:
    """A fake node, Ready from its beginning."""
    name = node_name(number)
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {NODE_LABEL: "true", "kubernetes.io/hostname": name}},
        # Without a block of addresses the node controller would look for a free one, of which there are 256.
        "spec": {**taints(), "podCIDR": pod_cidr, "podCIDRs": [pod_cidr]},
        "status": {
            "capacity": NODE_SIZE,
            "allocatable": NODE_SIZE,
            "conditions": [{"type": "Ready", "status": "True", "reason": "Fake", "message": "made by bench-gang"}],
        },
    }


def node_name(number: int) -> str:
    """Returns the name of a fake node."""
    return f"{NAME}-{number:04}"


def taints() -> Manifest:
    """The part of a fake node's spec that keeps others away."""
    return {"taints": [{"key": NODE_LABEL, "effect": "NoSchedule"}]}


def driver(arrival: Arrival, scheduler: Scheduler, application: str) -> Manifest:
    """A gang's driver; under YuniKorn with its gang's annotations, by the job server's own function.

    Args:
        application: the application's ID in YuniKorn.
    """
    spec = _spec(scheduler, cores=1, memory_gib=4)
    annotations = {}
    if scheduler is Scheduler.YUNIKORN:
        annotations = spark_gang(
            driver=spec,
            executor=_executor_spec(arrival, scheduler),
            executors=arrival.job.executors,
            policy=POLICY,
            scheduling=Scheduling(),
        ).annotations
    labels = {GANG_LABEL: arrival.name, ROLE_LABEL: DRIVER}
    return _pod(arrival.name, labels, annotations, spec, application)


def executors(arrival: Arrival, scheduler: Scheduler, application: str) -> list[Manifest]:
    """A gang's executors, as its driver makes them."""
    labels = {GANG_LABEL: arrival.name, ROLE_LABEL: EXECUTOR}
    annotations = {TASK_GROUP_ANNOTATION: EXECUTOR_GROUP} if scheduler is Scheduler.YUNIKORN else {}
    return [
        _pod(f"{arrival.name}-{number}", labels, annotations, _executor_spec(arrival, scheduler), application)
        for number in range(1, arrival.job.executors + 1)
    ]


def single(number: int, scheduler: Scheduler, application: str) -> Manifest:
    """A small pod of no gang, for the scheduling rate."""
    return _pod(f"single-{number:04}", {}, {}, _spec(scheduler, cores=1, memory_gib=1), application)


def _executor_spec(arrival: Arrival, scheduler: Scheduler) -> Manifest:
    return _spec(scheduler, cores=arrival.job.cores, memory_gib=arrival.job.memory_gib)


def _spec(scheduler: Scheduler, *, cores: int, memory_gib: int) -> Manifest:
    requests = {"cpu": str(cores), "memory": f"{memory_gib}Gi"}
    return {
        **_PLACEMENT,
        "schedulerName": scheduler.value,
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "containers": [{"name": "spark", "image": _IMAGE, "resources": {"requests": requests}}],
    }


def _pod(name: str, labels: dict[str, str], annotations: dict[str, str], spec: Manifest, application: str) -> Manifest:
    own = {APPLICATION_LABEL: application} if spec["schedulerName"] == YUNIKORN else {}
    metadata = {"name": name, "labels": labels | own, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
