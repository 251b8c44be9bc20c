"""What an environment may have of the cluster: a ResourceQuota, and what containers have that say nothing."""

from environments.build.objects import Manifest, manifest
from environments.build.sizes import sizing
from environments.quantities import times
from environments.settings import Settings
from environments.spec import Environment

_ROOM = 10
"""How many times of its size an environment's pods may ask for where a queue is what holds them to it."""


def limits(environment: Environment, settings: Settings) -> tuple[Manifest, ...]:
    """The quota and the defaults.

    Limits of processors are no part of the quota: Spark's pods have none, and would be refused.

    Where YuniKorn schedules jobs, the size is what their queue has (`namespace`), and the quota only ends what runs out
    of hand. It counts pods that wait, and placeholders beside the pods that take their place; once it is full, drivers
    that got in have no executors, and keep the room from each other.
    """
    size = sizing(environment)
    room = _ROOM if settings.yunikorn_account else 1
    hard = {
        "requests.cpu": times(size.cpu, room),
        "requests.memory": times(size.memory, room),
        "pods": str(room * size.pods),
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }
    defaults = {
        "type": "Container",
        "defaultRequest": {"cpu": "100m", "memory": "256Mi"},
        "default": {"memory": "512Mi"},
    }
    return (
        manifest(environment, "ResourceQuota", "environment", spec={"hard": hard}),
        manifest(environment, "LimitRange", "environment", spec={"limits": [defaults]}),
    )
