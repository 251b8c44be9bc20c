"""Requests of Spark jobs, worked out by hand: one table for the gang's unit test and for the pods of a real Spark.

A driver has 1g of heap and its overhead, 0.4 of it or 384 MiB (1024 + 409 = 1433 MiB); an executor likewise, with 0.1
(1024 + 384 = 1408 MiB); each asks for one core, and there are two executors. Of a fraction of a MiB nothing is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DRIVER = {"cpu": "1", "memory": "1433Mi"}
EXECUTOR = {"cpu": "1", "memory": "1408Mi"}


@dataclass(frozen=True, kw_only=True)
class GangConf:
    """Properties of a Python job, and what its pods ask for."""

    name: str
    conf: Mapping[str, str]
    driver: Mapping[str, str] = field(default_factory=lambda: DRIVER)
    """Requests by resource, as of `executor`; both are those of the whole pod, where templates ask for nothing."""
    executor: Mapping[str, str] = field(default_factory=lambda: EXECUTOR)
    executors: int = 2
    """Number of executors at the start."""
    driver_nodes: Mapping[str, str] = field(default_factory=dict)
    executor_nodes: Mapping[str, str] = field(default_factory=dict)
    """Node selectors."""


def _driver(memory: str, cpu: str = "1") -> dict[str, str]:
    return {"cpu": cpu, "memory": memory}


_executor = _driver
_EXECUTOR_OVERHEAD = "spark.executor.memoryOverhead"
_OFF_HEAP = "spark.memory.offHeap"
_DYNAMIC = "spark.dynamicAllocation"

GANG_CONFS = (
    GangConf(name="nothing said", conf={}),
    GangConf(
        name="heaps so small that the least overhead counts",
        conf={"spark.driver.memory": "512m", "spark.executor.memory": "512m"},
        driver=_driver("896Mi"),
        executor=_executor("896Mi"),
    ),
    GangConf(
        name="a heap so large that the factor counts",
        conf={"spark.executor.memory": "5g"},
        executor=_executor("5632Mi"),  # 5120 + 512
    ),
    GangConf(
        name="memory in bytes",
        conf={"spark.executor.memory": "1073741824b"},
    ),
    GangConf(
        name="memory in kibibytes, as Spark writes them",
        conf={"spark.driver.memory": "1048576k", "spark.executor.memory": "1572864K"},
        executor=_executor("1920Mi"),  # 1536 + 384
    ),
    GangConf(
        name="the executors' factor",
        conf={"spark.executor.memory": "2g", f"{_EXECUTOR_OVERHEAD}Factor": "0.25"},
        executor=_executor("2560Mi"),
    ),
    GangConf(
        name="the driver's factor",
        conf={"spark.driver.memoryOverheadFactor": "0.75"},
        driver=_driver("1792Mi"),
    ),
    GangConf(
        name="one factor for both",
        conf={"spark.kubernetes.memoryOverheadFactor": "0.5"},
        driver=_driver("1536Mi"),
        executor=_executor("1536Mi"),
    ),
    GangConf(
        name="the executors' factor over that for both",
        conf={"spark.kubernetes.memoryOverheadFactor": "0.1", f"{_EXECUTOR_OVERHEAD}Factor": "0.5"},
        driver=_driver("1408Mi"),
        executor=_executor("1536Mi"),
    ),
    GangConf(
        name="a factor that gives a fraction",
        conf={"spark.executor.memory": "1537m", f"{_EXECUTOR_OVERHEAD}Factor": "0.33"},
        executor=_executor("2044Mi"),  # 1537 + 507.21
    ),
    GangConf(
        name="overheads outright",
        conf={"spark.driver.memoryOverhead": "256m", _EXECUTOR_OVERHEAD: "128m"},
        driver=_driver("1280Mi"),
        executor=_executor("1152Mi"),
    ),
    GangConf(
        name="an overhead without a unit",
        conf={_EXECUTOR_OVERHEAD: "100"},
        executor=_executor("1124Mi"),
    ),
    GangConf(
        name="an overhead outright over its factor and its least",
        conf={
            _EXECUTOR_OVERHEAD: "64m",
            f"{_EXECUTOR_OVERHEAD}Factor": "0.9",
            "spark.executor.minMemoryOverhead": "500m",
        },
        executor=_executor("1088Mi"),
    ),
    GangConf(
        name="another least overhead",
        conf={
            "spark.driver.minMemoryOverhead": "600m",
            "spark.executor.memory": "600m",
            "spark.executor.minMemoryOverhead": "100m",
        },
        driver=_driver("1624Mi"),
        executor=_executor("700Mi"),  # 0.1 of it would be 60
    ),
    GangConf(
        name="off-heap memory",
        conf={f"{_OFF_HEAP}.enabled": "true", f"{_OFF_HEAP}.size": "256m"},
        executor=_executor("1664Mi"),
    ),
    GangConf(
        name="off-heap memory, which is in bytes where it has no unit",
        conf={f"{_OFF_HEAP}.enabled": "true", f"{_OFF_HEAP}.size": "268435456"},
        executor=_executor("1664Mi"),
    ),
    GangConf(name="off-heap memory that is not switched on", conf={f"{_OFF_HEAP}.size": "256m"}),
    GangConf(
        name="memory for Python",
        conf={"spark.executor.pyspark.memory": "200m"},
        executor=_executor("1608Mi"),
    ),
    GangConf(
        name="all sorts of memory",
        conf={
            "spark.executor.memory": "2g",
            _EXECUTOR_OVERHEAD: "300m",
            f"{_OFF_HEAP}.enabled": "true",
            f"{_OFF_HEAP}.size": "100m",
            "spark.executor.pyspark.memory": "50",
        },
        executor=_executor("2498Mi"),
    ),
    GangConf(
        name="cores",
        conf={"spark.driver.cores": "2", "spark.executor.cores": "3"},
        driver=_driver("1433Mi", cpu="2"),
        executor=_executor("1408Mi", cpu="3"),
    ),
    GangConf(
        name="less CPU than cores",
        conf={
            "spark.kubernetes.driver.request.cores": "250m",
            "spark.executor.cores": "2",
            "spark.kubernetes.executor.request.cores": "0.5",
        },
        driver=_driver("1433Mi", cpu="250m"),
        executor=_executor("1408Mi", cpu="500m"),
    ),
    GangConf(
        name="more CPU than cores",
        conf={"spark.kubernetes.executor.request.cores": "1500m"},
        executor=_executor("1408Mi", cpu="1500m"),
    ),
    GangConf(
        name="limits of CPU, which are no requests",
        conf={"spark.kubernetes.driver.limit.cores": "1.5", "spark.kubernetes.executor.limit.cores": "2"},
    ),
    GangConf(
        name="devices",
        conf={"spark.executor.resource.gpu.amount": "1", "spark.executor.resource.gpu.vendor": "nvidia.com"},
        executor={**EXECUTOR, "nvidia.com/gpu": "1"},
    ),
    GangConf(
        name="no device after all",
        conf={"spark.executor.resource.gpu.amount": "0"},
    ),
    GangConf(name="one executor", conf={"spark.executor.instances": "1"}, executors=1),
    GangConf(
        name="executors that Spark makes one after another",
        conf={"spark.executor.instances": "3", "spark.kubernetes.allocation.batch.size": "1"},
        executors=3,
    ),
    GangConf(
        name="dynamic allocation from its least",
        conf={f"{_DYNAMIC}.enabled": "true", f"{_DYNAMIC}.minExecutors": "3"},
        executors=3,
    ),
    GangConf(
        name="dynamic allocation from more than its least",
        conf={
            f"{_DYNAMIC}.enabled": "true",
            f"{_DYNAMIC}.minExecutors": "1",
            f"{_DYNAMIC}.initialExecutors": "2",
            f"{_DYNAMIC}.maxExecutors": "4",
        },
    ),
    GangConf(
        name="dynamic allocation from less than its least",
        conf={f"{_DYNAMIC}.enabled": "true", f"{_DYNAMIC}.minExecutors": "2", f"{_DYNAMIC}.initialExecutors": "1"},
    ),
    GangConf(
        name="dynamic allocation from the number of executors",
        conf={
            f"{_DYNAMIC}.enabled": "true",
            f"{_DYNAMIC}.minExecutors": "1",
            f"{_DYNAMIC}.initialExecutors": "2",
            "spark.executor.instances": "3",
        },
        executors=3,
    ),
    GangConf(name="dynamic allocation from nothing", conf={f"{_DYNAMIC}.enabled": "true"}, executors=0),
    GangConf(
        name="dynamic allocation that is switched off",
        conf={f"{_DYNAMIC}.enabled": "false", f"{_DYNAMIC}.minExecutors": "3"},
    ),
    GangConf(
        name="nodes",
        conf={
            "spark.kubernetes.node.selector.kubernetes.io/os": "linux",
            "spark.kubernetes.executor.node.selector.longshore.dev/pool": "spot",
        },
        driver_nodes={"kubernetes.io/os": "linux"},
        executor_nodes={"kubernetes.io/os": "linux", "longshore.dev/pool": "spot"},
    ),
)
