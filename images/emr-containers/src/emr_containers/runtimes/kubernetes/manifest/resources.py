"""The requests of drivers and executors, from the effective Spark properties. Pure.

Spark itself sets an executor's requests, so the sums here must be the same to the byte. Source: Spark 4.1,
BasicDriverFeatureStep, BasicExecutorFeatureStep, ResourceProfile.getResourcesForClusterManager.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from longshore_libs.quantities import MEBI

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.spark_sizes import factor, memory
from emr_containers.runtimes.kubernetes.quantities import counted, quantity

_FACTOR = "spark.kubernetes.memoryOverheadFactor"
_LEAST_OVERHEAD = "384m"


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The requests and limits of one Spark pod."""

    heap_mib: int
    memory_mib: int
    """The memory request and limit: heap, overhead and everything else that Spark counts."""
    cpu: str
    cpu_limit: str | None
    devices: Mapping[str, str] = field(default_factory=dict)
    """Devices such as GPUs: the number of pieces by Kubernetes' name of the resource, as request and limit."""

    @property
    def requests(self) -> dict[str, str]:
        """The requests in a container's form."""
        return {"cpu": self.cpu, "memory": f"{self.memory_mib}Mi"}

    @property
    def limits(self) -> dict[str, str]:
        """The limits in a container's form. Without a CPU limit, a pod may use all free CPU."""
        cpu = {"cpu": self.cpu_limit} if self.cpu_limit else {}
        return {"memory": f"{self.memory_mib}Mi", **cpu, **self.devices}

    def over(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """Returns a container's `resources`: these win over the template's, which are `given`."""
        given = given or {}
        return {
            **given,
            "requests": {**(given.get("requests") or {}), **self.requests},
            "limits": {**(given.get("limits") or {}), **self.limits},
        }


def driver_resources(conf: Mapping[str, str]) -> Resources:
    """Returns the resources of the driver's pod: its heap, and an overhead for Python and everything else.

    Raises:
        ValidationException: a property cannot be read.
    """
    # 0.4 is Spark's own default for a driver that is not only a JVM.
    return _resources(conf, role="driver", overhead_factor="0.4")


def executor_resources(conf: Mapping[str, str]) -> Resources:
    """Returns the resources of each executor's pod: heap, overhead, off-heap memory and PySpark's memory.

    Raises:
        ValidationException: a property cannot be read.
    """
    extra = 0
    if conf.get("spark.memory.offHeap.enabled", "false").strip().lower() == "true":
        extra += memory(conf, "spark.memory.offHeap.size", unit="b")
    if conf.get("spark.kubernetes.resource.type") == "python":
        extra += memory(conf, "spark.executor.pyspark.memory")
    return _resources(conf, role="executor", overhead_factor="0.1", extra=extra)


def container_resources(conf: Mapping[str, str], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the `resources` of a container without Spark: the job's win over the template's, which are `given`.

    Its memory is the whole container's, request and limit, since there is no heap.

    Raises:
        ValidationException: a property cannot be read.
    """
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    if "spark.driver.memory" in conf:
        mib = memory(conf, "spark.driver.memory")
        if mib < 1:
            raise ValidationException(f"spark.driver.memory is {conf['spark.driver.memory'][:80]!r}: give at least 1m.")
        requests["memory"] = limits["memory"] = f"{mib}Mi"
    cpu = conf.get("spark.kubernetes.driver.request.cores")
    if cpu is not None:
        quantity(cpu, name="spark.kubernetes.driver.request.cores")
        requests["cpu"] = cpu
    if (limit := _cpu_limit(conf, "driver", cpu=cpu or "0")) is not None:
        limits["cpu"] = limit
    given = given or {}
    return {
        **given,
        "requests": {**(given.get("requests") or {}), **requests},
        "limits": {**(given.get("limits") or {}), **limits},
    }


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
            f"{name} is {limit[:80]!r}, less than the {cpu} that are requested: raise it, or lower "
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
                f"{prefix}{device}.vendor is missing: name the vendor, such as nvidia.com; Kubernetes' name of the "
                f"resource is VENDOR/{device}."
            )
        devices |= {f"{vendor}/{device}": str(int(amount))} if int(amount) else {}
    return devices


def pod_requests(spec: Mapping[str, Any]) -> dict[str, Decimal]:
    """Returns a pod's requests, as Kubernetes and YuniKorn count them.

    They are the sum of its containers and native sidecars, or what runs together with one of its init containers, if
    that is more. Requests of the pod as a whole replace them. Source: Kubernetes,
    component-helpers/resource/helpers.go; yunikorn-k8shim 1.9, pkg/common/resource.go.

    Args:
        spec: a PodSpec. A limit replaces a missing request, as in Kubernetes. The overhead of a RuntimeClass counts
            only if the spec has it.
    """
    running: dict[str, Decimal] = {}
    for container in spec.get("containers", []):
        running = add_amounts(running, _container_requests(container))
    sidecars: dict[str, Decimal] = {}
    starting: dict[str, Decimal] = {}
    for container in spec.get("initContainers", []):
        beside = add_amounts(sidecars, _container_requests(container))
        starting = _larger_amounts(starting, beside)
        if container.get("restartPolicy") == "Always":
            sidecars = beside
    total = _larger_amounts(add_amounts(running, sidecars), starting)
    total |= {name: amount for name, amount in _container_requests(spec).items() if _is_pods(name)}
    return add_amounts(total, _amounts(spec.get("overhead") or {}))


def add_amounts(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Returns the sum of two requests, by resource."""
    return {name: one.get(name, Decimal(0)) + other.get(name, Decimal(0)) for name in (*one, *other)}


def fits_on_any(requests: Mapping[str, Decimal], nodes: Iterable[Mapping[str, Decimal]]) -> bool:
    """Returns True if the pod would fit on one of the nodes if it were empty.

    Args:
        requests: the pod's requests by resource, in cores, bytes or pieces.
        nodes: the `allocatable` of each node, in the same form. A resource that it does not name, the node lacks.
    """
    return any(all(amount <= node.get(name, Decimal(0)) for name, amount in requests.items()) for node in nodes)


def describe_amounts(amounts: Mapping[str, Decimal]) -> str:
    """Returns resources as text for a message: `4 cpu and 16384 MiB memory`."""
    return (
        " and ".join(_describe_amount(name, amount) for name, amount in sorted(amounts.items()) if amount) or "nothing"
    )


def _describe_amount(name: str, amount: Decimal) -> str:
    if name in ("memory", "ephemeral-storage"):
        return f"{amount / MEBI:.0f} MiB {name}"
    return f"{amount.normalize():f} {name}"


def _container_requests(of: Mapping[str, Any]) -> dict[str, Decimal]:
    resources = of.get("resources") or {}
    return _amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _amounts(quantities: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: counted(name, quantity(str(amount), name=name)) for name, amount in quantities.items()}


def _larger_amounts(one: Mapping[str, Decimal], other: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: max(one.get(name, Decimal(0)), other.get(name, Decimal(0))) for name in (*one, *other)}


def _is_pods(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")
