"""The sizes of a Spark application, their bounds, and the runs from which they are planned. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal

from emr_containers.sizing.profile import Profile

Part = Literal["executor_heap", "executor_overhead", "driver_heap", "driver_overhead"]
"""A part of an application's memory that can be full."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The sizes of one run. Memory is in MiB."""

    executor_heap: int = 1024
    """`spark.executor.memory`."""
    executor_overhead: int = 384
    """`spark.executor.memoryOverhead`: what else the executor's container holds, Python included."""
    executor_cores: int = 1
    executor_instances: int = 2
    driver_heap: int = 1024
    driver_overhead: int = 384

    @property
    def executor_memory(self) -> int:
        """The memory of an executor's container."""
        return self.executor_heap + self.executor_overhead

    @property
    def driver_memory(self) -> int:
        """The memory of the driver's container."""
        return self.driver_heap + self.driver_overhead

    def properties(self) -> dict[str, str]:
        """Returns the sizes as Spark properties."""
        return {
            "spark.executor.memory": f"{self.executor_heap}m",
            "spark.executor.memoryOverhead": f"{self.executor_overhead}m",
            "spark.executor.cores": str(self.executor_cores),
            "spark.executor.instances": str(self.executor_instances),
            "spark.driver.memory": f"{self.driver_heap}m",
            "spark.driver.memoryOverhead": f"{self.driver_overhead}m",
        }


@dataclass(frozen=True, kw_only=True)
class Range:
    """The least and the most of a size."""

    least: int
    most: int

    def clip(self, value: int) -> int:
        """Returns the value, or the end of the range that is nearer to it."""
        return max(self.least, min(value, self.most))


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """The bounds of a plan. Memory is that of a container, in MiB, as a node has to hold it."""

    executor_memory: Range = Range(least=896, most=65_536)
    executor_instances: Range = Range(least=1, most=1000)
    driver_memory: Range = Range(least=896, most=65_536)


@dataclass(frozen=True, kw_only=True)
class Run:
    """An earlier run of the same task."""

    profile: Profile
    sizes: Sizes
    """The sizes that it was given."""
    full: Part | None = None
    """The part that was too small. None: none that is known; it completed, or failed for another reason."""
    completed: bool = True


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The sizes of the next run."""

    sizes: Sizes
    reasons: tuple[str, ...]
    """A sentence for each size that changes, and for each that cannot."""


def with_fixed(sizes: Sizes, fixed: Mapping[str, int]) -> Sizes:
    """Returns the sizes with those that somebody has given. Raises ValueError for the name of no size."""
    names = {each.name for each in fields(Sizes)}
    if unknown := sorted(fixed.keys() - names):
        raise ValueError(f"{unknown[0]!r} is no size; the sizes are {', '.join(sorted(names))}.")
    return replace(sizes, **fixed)
