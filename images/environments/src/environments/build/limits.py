"""An environment's share of the cluster: a ResourceQuota, and defaults for containers without requests."""

from longshore_libs.quantities import multiply_quantity

from environments.build.objects import Manifest, manifest
from environments.build.sizes import sizing
from environments.resource.spec import Environment
from environments.settings import Settings

_ROOM = 10
"""The factor by which requests of pods may exceed the environment's size if a queue enforces that size."""


def limits(environment: Environment, settings: Settings) -> tuple[Manifest, ...]:
    """Returns the quota and the defaults.

    The quota has no limits of CPU: Spark's pods set none, and would be refused.

    With YuniKorn, the queue of the jobs has the environment's size (`namespace`), and the quota is only a safety net.
    It counts pending pods, and placeholders as well as the pods that replace them. When it is full, the drivers that
    were admitted get no executors, and block each other.
    """
    size = sizing(environment)
    room = _ROOM if settings.yunikorn_account else 1
    hard = {
        "requests.cpu": multiply_quantity(size.cpu, room),
        "requests.memory": multiply_quantity(size.memory, room),
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
