"""The sizes of environments."""

from collections.abc import Mapping
from dataclasses import dataclass

from environments.resource.spec import Environment, Size


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """The limits of an environment of one size."""

    cpu: str
    """CPU requests of all its jobs together, if they have a queue; else of all its pods, Airflow's and its jobs'."""
    memory: str
    pods: int
    parallelism: int
    """Maximum number of simultaneous tasks, all in the scheduler's pod."""
    scheduler_memory: str
    """The memory limit of the scheduler's pod."""


SIZES: Mapping[Size, Sizing] = {
    "small": Sizing(cpu="2", memory="6Gi", pods=20, parallelism=4, scheduler_memory="2Gi"),
    "medium": Sizing(cpu="4", memory="16Gi", pods=50, parallelism=8, scheduler_memory="3Gi"),
    "large": Sizing(cpu="16", memory="64Gi", pods=200, parallelism=16, scheduler_memory="6Gi"),
}


def sizing(environment: Environment) -> Sizing:
    """Returns the environment's limits; with `spec.resources`, those replace CPU and memory of the size."""
    of_size = SIZES[environment.size]
    if environment.resources is None:
        return of_size
    own = environment.resources
    return Sizing(
        cpu=own["cpu"],
        memory=own["memory"],
        pods=SIZES["large"].pods,
        parallelism=of_size.parallelism,
        scheduler_memory=of_size.scheduler_memory,
    )
