"""The nodes that job runs may use: what they have left, and labels of theirs for the time of a test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

from cluster.parts import Cluster
from emr_containers.runtimes.kubernetes.manifest.resources import pod_requests
from emr_containers.runtimes.kubernetes.quantities import quantity

Amounts = dict[str, Decimal]


def free_resources(cluster: Cluster) -> dict[str, Amounts]:
    """Returns the free cpu (cores) and memory (bytes) of each node, by the node's name."""
    free = {
        node["metadata"]["name"]: {
            name: quantity(node["status"]["allocatable"][name], name=name) for name in ("cpu", "memory")
        }
        for node in cluster.kubectl.list("nodes")
        if not any(taint["effect"] == "NoSchedule" for taint in node["spec"].get("taints", []))
    }
    for pod in cluster.kubectl.list("pods"):
        node = pod["spec"].get("nodeName")
        if node in free and pod["status"].get("phase") not in ("Succeeded", "Failed"):
            asked = pod_requests(pod["spec"])
            free[node] = {name: left - asked.get(name, Decimal(0)) for name, left in free[node].items()}
    return free


@contextmanager
def labels(cluster: Cluster) -> Iterator[Callable[[str, str], None]]:
    """Gives a node (the first word) a label (the second), whose value is `true`, until the end."""
    given: list[tuple[str, str]] = []

    def give(node: str, label: str) -> None:
        given.append((node, label))
        cluster.kubectl.run("label", "node", node, f"{label}=true", what=f"a label of {node}")

    try:
        yield give
    finally:
        for node, label in given:
            cluster.kubectl.run("label", "node", node, f"{label}-", what=f"a label of {node}")


def mebibytes(amount: Decimal) -> int:
    """Returns an amount of bytes in MiB, rounded down."""
    return int(amount / 2**20)


def written(amounts: Amounts) -> dict[str, str]:
    """Resources as a pod names them, rounded down: cpu in thousandths of a core, memory in MiB."""
    return {"cpu": f"{int(amounts['cpu'] * 1000)}m", "memory": f"{mebibytes(amounts['memory'])}Mi"}
