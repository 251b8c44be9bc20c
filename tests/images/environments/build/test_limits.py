"""What an environment may have is its size's, and a container that says nothing still counts."""

from environments.build.limits import limits
from images.environments.world import environment


def test_the_quota_is_the_sizes() -> None:
    quota, _ = limits(environment(size="medium"))
    assert quota["spec"]["hard"]["requests.cpu"] == "4"
    assert quota["spec"]["hard"]["requests.memory"] == "16Gi"


def test_no_limit_of_processors_is_demanded_because_spark_has_none() -> None:
    quota, _ = limits(environment())
    assert not [key for key in quota["spec"]["hard"] if key.startswith("limits.")]


def test_nobody_opens_a_port_of_the_nodes() -> None:
    quota, _ = limits(environment())
    assert quota["spec"]["hard"]["services.nodeports"] == quota["spec"]["hard"]["services.loadbalancers"] == "0"


def test_a_container_that_says_nothing_has_requests() -> None:
    _, defaults = limits(environment())
    assert set(defaults["spec"]["limits"][0]["defaultRequest"]) == {"cpu", "memory"}
