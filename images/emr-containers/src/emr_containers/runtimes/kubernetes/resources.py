"""What a driver and an executor ask a node for, from the effective Spark properties. Pure.

For an executor it is Spark that asks, so this must be the same sum to the byte. Source: Spark 4.1,
BasicDriverFeatureStep, BasicExecutorFeatureStep, ResourceProfile.getResourcesForClusterManager.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.sizes import MEBI, counted, factor, memory, quantity

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
    devices: Mapping[str, str] = field(default_factory=dict)
    """GPUs and the like: a number of pieces by Kubernetes' name of the resource, which is a limit and a request."""

    @property
    def requests(self) -> dict[str, str]:
        """As a container names them."""
        return {"cpu": self.cpu, "memory": f"{self.memory_mib}Mi"}

    @property
    def limits(self) -> dict[str, str]:
        """As a container names them; without a limit a pod may use what CPU is left."""
        cpu = {"cpu": self.cpu_limit} if self.cpu_limit else {}
        return {"memory": f"{self.memory_mib}Mi", **cpu, **self.devices}

    def over(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """A container's `resources`: these, and what a template says of others."""
        given = given or {}
        return {
            **given,
            "requests": {**(given.get("requests") or {}), **self.requests},
            "limits": {**(given.get("limits") or {}), **self.limits},
        }


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
    cpu = _cores(conf, role)
    return Resources(
        heap_mib=heap,
        memory_mib=heap + overhead + extra,
        cpu=cpu,
        cpu_limit=_cpu_limit(conf, role, cpu=cpu),
        devices=_devices(conf, role),
    )


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


def _cpu_limit(conf: Mapping[str, str], role: str, *, cpu: str) -> str | None:
    name = f"spark.kubernetes.{role}.limit.cores"
    limit = conf.get(name)
    if limit is not None and quantity(limit, name=name) < quantity(cpu, name=f"spark.kubernetes.{role}.request.cores"):
        raise ValidationException(
            f"{name} is {limit[:80]!r}, less than the {cpu} that are asked for: raise it, or lower "
            f"spark.kubernetes.{role}.request.cores."
        )
    return limit


def _devices(conf: Mapping[str, str], role: str) -> dict[str, str]:
    # Source: Spark, ResourceUtils.parseAllResourceRequests.
    prefix = f"spark.{role}.resource."
    devices: dict[str, str] = {}
    for device in sorted({name.removeprefix(prefix).split(".")[0] for name in conf if name.startswith(prefix)}):
        amount, vendor = (conf.get(f"{prefix}{device}.{part}", "") for part in ("amount", "vendor"))
        if not re.fullmatch("[0-9]{1,9}", amount, re.ASCII):
            raise ValidationException(f"{prefix}{device}.amount is {amount[:80]!r}: give a whole number.")
        if int(amount) and not vendor:
            raise ValidationException(
                f"{prefix}{device}.vendor is missing: say whose it is, as in nvidia.com; Kubernetes knows the "
                f"resource as VENDOR/{device}."
            )
        devices |= {f"{vendor}/{device}": str(int(amount))} if int(amount) else {}
    return devices


def pod_requests(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """What a pod asks its node for, as Kubernetes and YuniKorn count it.

    That is its containers and native sidecars together, or what runs while one of its init containers does, where that
    is more; what is said of the pod as a whole takes the place of it. Source: Kubernetes,
    component-helpers/resource/helpers.go; yunikorn-k8shim 1.9, pkg/common/resource.go.

    Args:
        spec: a PodSpec. A limit stands for a request that is not there, as it does for Kubernetes. What a RuntimeClass
            adds is only known where the spec says it, as `overhead`.
    """
    running: dict[str, Decimal] = {}
    for container in spec.get("containers", []):
        running = plus(running, _asked(container))
    sidecars: dict[str, Decimal] = {}
    starting: dict[str, Decimal] = {}
    for container in spec.get("initContainers", []):
        beside = plus(sidecars, _asked(container))
        starting = _most(starting, beside)
        if container.get("restartPolicy") == "Always":
            sidecars = beside
    total = _most(plus(running, sidecars), starting)
    total |= {name: amount for name, amount in _asked(spec).items() if _is_pods(name)}
    return plus(total, _amounts(spec.get("overhead") or {}))


def plus(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Two pods' or containers' requests together, by resource."""
    return {name: one.get(name, Decimal(0)) + other.get(name, Decimal(0)) for name in (*one, *other)}


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


def _asked(of: Mapping[str, Any]) -> dict[str, Decimal]:
    resources = of.get("resources") or {}
    return _amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _amounts(quantities: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: counted(name, quantity(str(amount), name=name)) for name, amount in quantities.items()}


def _most(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: max(one.get(name, Decimal(0)), other.get(name, Decimal(0))) for name in (*one, *other)}


def _is_pods(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")
