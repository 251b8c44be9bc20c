"""What an environment may have of the cluster: a ResourceQuota, and what containers have that say nothing."""

from environments.build.objects import Manifest, manifest
from environments.build.sizes import sizing
from environments.spec import Environment


def limits(environment: Environment) -> tuple[Manifest, ...]:
    """The quota and the defaults.

    Limits of processors are no part of the quota: Spark's pods have none, and would be refused.
    """
    size = sizing(environment)
    hard = {
        "requests.cpu": size.cpu,
        "requests.memory": size.memory,
        "pods": str(size.pods),
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
