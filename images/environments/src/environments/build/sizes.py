"""What the sizes of environments stand for."""

from collections.abc import Mapping
from dataclasses import dataclass

from environments.spec import Environment, Size


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """What an environment's pods may ask for."""

    cpu: str
    """Requests of its jobs together, where they have a queue; else of all its pods, Airflow's and its jobs'."""
    memory: str
    pods: int
    parallelism: int
    """Tasks that run at the same time, in the scheduler's pod."""
    scheduler_memory: str
    """The limit of that pod."""


SIZES: Mapping[Size, Sizing] = {
    "small": Sizing(cpu="2", memory="6Gi", pods=20, parallelism=4, scheduler_memory="2Gi"),
    "medium": Sizing(cpu="4", memory="16Gi", pods=50, parallelism=8, scheduler_memory="3Gi"),
    "large": Sizing(cpu="16", memory="64Gi", pods=200, parallelism=16, scheduler_memory="6Gi"),
}


def sizing(environment: Environment) -> Sizing:
    """The environment's; with resources of its own, that of a small one with them."""
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
