"""The progress of a run's gangs, worked out from the events of their pods. Pure: the time comes in from outside."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from emr_containers.runtimes.kubernetes.names import APPLICATION_LABEL

from bench.gang.manifests import DRIVER, EXECUTOR, GANG_LABEL, ROLE_LABEL
from bench.gang.workload import Arrival

_PLACEHOLDER = "placeholder"
_ADDRESSES, _INTERFACES = 30, 8
"""Addresses of an interface, the first of which is its own, and interfaces of a node: m5.4xlarge, 16 vCPU and 64 GiB.

Source: AWS, "IP addresses per network interface per instance type"."""


@dataclass(frozen=True, kw_only=True)
class Pod:
    """The fields of a pod that the benchmark reads."""

    name: str
    gang: str
    """Empty if it is of none."""
    role: str
    node: str
    """Empty until it has one."""
    running: bool
    gone: bool
    """It has ended, or is no more."""


def read_pod(kind: str, pod: dict[str, Any]) -> Pod:
    """A pod from an event of a watch.

    Raises:
        RuntimeError: it has failed, which none of the benchmark's does by itself.
    """
    metadata, status = pod["metadata"], pod["status"]
    labels, phase = metadata.get("labels") or {}, status.get("phase")
    if phase == "Failed" and ROLE_LABEL in labels:
        reason = f"{status.get('reason')}: {status.get('message')}"
        raise RuntimeError(f"The pod {metadata['name']!r} has failed ({reason}): see its scheduler's log.")
    return Pod(
        name=metadata["name"],
        # YuniKorn gives a placeholder no label of ours, but the application's, which ends in the gang's name.
        gang=labels.get(GANG_LABEL) or labels.get(APPLICATION_LABEL, "").rpartition("-")[2],
        role=labels.get(ROLE_LABEL, _PLACEHOLDER),
        node=pod["spec"].get("nodeName", ""),
        running=phase == "Running",
        gone=kind == "DELETED" or phase in ("Succeeded", "Failed"),
    )


@dataclass(kw_only=True)
class GangState:
    """The state of one gang. Seconds are of the run's clock."""

    arrival: Arrival
    due: float
    """The time at which it is submitted."""
    driver_runs: bool = False
    whole: float | None = None
    """The time at which the last of its executors began to run."""
    done: bool = False
    bound: set[str] = field(default_factory=set)
    """Its pods that have a node, placeholders too."""
    running: set[str] = field(default_factory=set)
    """Its executors that run."""

    @property
    def half_started(self) -> bool:
        """True if it has a part of what it needs and never had all."""
        return self.whole is None and bool(self.bound)


class Progress:
    """The gangs, the nodes that they hold, the addresses that they use."""

    def __init__(self, arrivals: Sequence[Arrival], due: Sequence[float]) -> None:
        self.gangs = {
            arrival.name: GangState(arrival=arrival, due=at) for arrival, at in zip(arrivals, due, strict=True)
        }
        self.now = self.last_change = 0.0
        """The time, and when a pod last got a node, began to run or went."""
        self.dead = False
        """Nothing will change any more, though there are gangs left."""
        self.node_seconds = 0.0
        """The time of each node with a pod, summed up."""
        self.peak_pods = self.peak_nodes = self.peak_reserved = 0
        """Pods with a node, nodes with a pod, and addresses that those keep: the most at a time."""
        self._reserved = 0
        self._pods: dict[str, Pod] = {}
        self._on_node: Counter[str] = Counter()

    @property
    def pods(self) -> int:
        """Pods that are there, with a node or without."""
        return len(self._pods)

    @property
    def unfinished(self) -> int:
        """Gangs that have not ended."""
        return sum(not gang.done for gang in self.gangs.values())

    def pass_time(self, now: float) -> None:
        """Nothing has changed until now."""
        self.node_seconds += max(0.0, now - self.now) * len(self._on_node)
        self.now = max(self.now, now)

    def see(self, pod: Pod, now: float) -> str:
        """Takes in how a pod is now; what its gang has become by it: `driver` (it runs), `whole`, or nothing new."""
        self.pass_time(now)
        before = self._pods.pop(pod.name, None)
        if not pod.gone:
            self._pods[pod.name] = pod
        had, has = before is not None and bool(before.node), bool(pod.node) and not pod.gone
        gang = self.gangs.get(pod.gang)
        if had != has:
            self._hold(pod, 1 if has else -1)
            if gang:
                (gang.bound.add if has else gang.bound.discard)(pod.name)
        if had != has or pod.running != (before is not None and before.running):
            self.last_change = now
        return self._of_gang(gang, pod, now) if gang else ""

    def _hold(self, pod: Pod, by: int) -> None:
        pods = self._on_node[pod.node]
        self._reserved += reserved_addresses(pods + by) - reserved_addresses(pods)
        self._on_node[pod.node] += by
        if not self._on_node[pod.node]:
            del self._on_node[pod.node]
        self.peak_pods = max(self.peak_pods, self._on_node.total())
        self.peak_nodes = max(self.peak_nodes, len(self._on_node))
        self.peak_reserved = max(self.peak_reserved, self._reserved)

    def _of_gang(self, gang: GangState, pod: Pod, now: float) -> str:
        runs = pod.running and not pod.gone
        if pod.role == DRIVER and runs and not gang.driver_runs:
            gang.driver_runs = True
            return "driver"
        if pod.role == EXECUTOR and gang.whole is None:
            (gang.running.add if runs else gang.running.discard)(pod.name)
            if len(gang.running) == gang.arrival.job.executors:
                gang.whole = now
                return "whole"
        return ""


def reserved_addresses(pods: int) -> int:
    """Addresses of its subnet that a node with so many pods keeps: whole interfaces, and a warm one more; without, 0.

    Source: AWS, amazon-vpc-cni-k8s, WARM_ENI_TARGET=1 (the default).
    """
    if not pods:
        return 0
    return min(_INTERFACES, -(-pods // (_ADDRESSES - 1)) + 1) * _ADDRESSES
