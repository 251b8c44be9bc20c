"""What a driver and an executor ask a node for, from the effective Spark properties. Pure.

For an executor it is Spark that asks, so this must be the same sum to the byte. Source: Spark 4.1,
BasicDriverFeatureStep, BasicExecutorFeatureStep, ResourceProfile.getResourcesForClusterManager.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.sizes import MEBI, factor, memory, quantity

_FACTOR = "spark.kubernetes.memoryOverheadFactor"
_LEAST_OVERHEAD = "384m"


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What one pod of Spark's asks for."""

    heap_mib: int
    memory_mib: int
    """Request and limit alike: heap, overhead and what else Spark counts."""
    cpu: str
    cpu_limit: str | None

    @property
    def requests(self) -> dict[str, str]:
        """As a container names them."""
        return {"cpu": self.cpu, "memory": f"{self.memory_mib}Mi"}

    @property
    def limits(self) -> dict[str, str]:
        """As a container names them; without a limit a pod may use what CPU is left."""
        return {"memory": f"{self.memory_mib}Mi"} | ({"cpu": self.cpu_limit} if self.cpu_limit else {})


def driver_resources(conf: Mapping[str, str]) -> Resources:
    """What the driver's pod asks for: its heap and an overhead, for Python and all that is not heap.

    Raises:
        ValidationException: a property cannot be read.
    """
    # 0.4 is Spark's own default for a driver that is no JVM alone.
    return _resources(conf, role="driver", overhead_factor="0.4")


def executor_resources(conf: Mapping[str, str]) -> Resources:
    """What each executor's pod asks for: heap, overhead, off-heap memory and PySpark's own.

    Raises:
        ValidationException: a property cannot be read.
    """
    extra = 0
    if conf.get("spark.memory.offHeap.enabled", "false").strip().lower() == "true":
        extra += memory(conf, "spark.memory.offHeap.size", unit="b")
    if conf.get("spark.kubernetes.resource.type") == "python":
        extra += memory(conf, "spark.executor.pyspark.memory")
    return _resources(conf, role="executor", overhead_factor="0.1", extra=extra)


def _resources(conf: Mapping[str, str], *, role: str, overhead_factor: str, extra: int = 0) -> Resources:
    heap = memory(conf, f"spark.{role}.memory", default="1g")
    explicit = f"spark.{role}.memoryOverhead"
    if explicit in conf:
        overhead = memory(conf, explicit)
    else:
        name = next((name for name in (f"{explicit}Factor", _FACTOR) if name in conf), explicit)
        least = memory(conf, f"spark.{role}.minMemoryOverhead", default=_LEAST_OVERHEAD)
        overhead = max(int(factor(conf.get(name, overhead_factor), name=name) * heap), least)
    limit = conf.get(f"spark.kubernetes.{role}.limit.cores")
    if limit is not None:
        quantity(limit, name=f"spark.kubernetes.{role}.limit.cores")
    return Resources(heap_mib=heap, memory_mib=heap + overhead + extra, cpu=_cores(conf, role), cpu_limit=limit)


def _cores(conf: Mapping[str, str], role: str) -> str:
    name = f"spark.{role}.cores"
    cores = conf.get(name, "1").strip()
    if not re.fullmatch(r"0*[1-9][0-9]{0,5}", cores, re.ASCII):
        raise ValidationException(
            f"{name} is {cores[:80]!r}: give a whole number; a part of a core is spark.kubernetes.{role}.request.cores."
        )
    request = conf.get(f"spark.kubernetes.{role}.request.cores", cores)
    quantity(request, name=f"spark.kubernetes.{role}.request.cores")
    return request


def pod_requests(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a pod asks its node for: its containers together, or its largest init container where that is more.

    Args:
        spec: a PodSpec. A limit stands for a request that is not there, as it does for Kubernetes.
    """
    together: dict[str, Decimal] = {}
    for container in spec.get("containers", []):
        for name, amount in _container_requests(container).items():
            together[name] = together.get(name, Decimal(0)) + amount
    for container in spec.get("initContainers", []):
        for name, amount in _container_requests(container).items():
            together[name] = max(together.get(name, amount), amount)
    return together


def fits(requests: Mapping[str, Decimal], nodes: Iterable[Mapping[str, Decimal]]) -> bool:
    """Whether one of the nodes could hold the pod if it were empty.

    Args:
        requests: by resource, in cores, bytes or pieces.
        nodes: each one's `allocatable`, likewise; a resource that a node does not name it does not have.
    """
    return any(all(amount <= node.get(name, Decimal(0)) for name, amount in requests.items()) for node in nodes)


def shown(amounts: Mapping[str, Decimal]) -> str:
    """Resources as a message names them: `4 cpu and 16384 MiB memory`."""
    return " and ".join(_shown(name, amount) for name, amount in sorted(amounts.items()) if amount) or "nothing"


def _shown(name: str, amount: Decimal) -> str:
    if name in ("memory", "ephemeral-storage"):
        return f"{amount / MEBI:.0f} MiB {name}"
    return f"{amount.normalize():f} {name}"


def _container_requests(container: Mapping[str, Any]) -> dict[str, Decimal]:
    resources = container.get("resources", {})
    amounts = {**resources.get("limits", {}), **resources.get("requests", {})}
    return {name: quantity(str(amount), name=name) for name, amount in amounts.items()}
