"""An environment's limits are its size's, and a container without requests counts, too."""

from environments.build.limits import limits
from images.environments.build.test_namespace import QUEUED
from images.environments.world import SETTINGS, environment
from longshore_libs.quantities import GIBI, parse_quantity


def test_the_quota_is_the_sizes() -> None:
    quota, _ = limits(environment(size="medium"), SETTINGS)
    hard = quota["spec"]["hard"]
    assert (hard["requests.cpu"], hard["requests.memory"], hard["pods"]) == ("4", "16Gi", "50")


def test_it_leaves_what_waits_in_a_queue_and_placeholders_alone() -> None:
    quota, _ = limits(environment(size="small"), QUEUED)
    hard = {key: parse_quantity(amount) for key, amount in quota["spec"]["hard"].items()}
    # A dozen jobs wait while one runs, each with a driver of 1.4 GiB, two executors like it, and their placeholders.
    assert hard["requests.memory"] >= (12 + 2 * 3) * 1433 * 2**20 + 2 * GIBI
    assert hard["pods"] >= 12 + 2 * 3 + 8


def test_no_limit_of_processors_is_demanded_because_spark_has_none() -> None:
    quota, _ = limits(environment(), SETTINGS)
    assert not [key for key in quota["spec"]["hard"] if key.startswith("limits.")]


def test_no_environment_opens_a_port_of_the_nodes() -> None:
    quota, _ = limits(environment(), SETTINGS)
    assert quota["spec"]["hard"]["services.nodeports"] == quota["spec"]["hard"]["services.loadbalancers"] == "0"


def test_a_container_that_says_nothing_has_requests() -> None:
    _, defaults = limits(environment(), SETTINGS)
    assert set(defaults["spec"]["limits"][0]["defaultRequest"]) == {"cpu", "memory"}
