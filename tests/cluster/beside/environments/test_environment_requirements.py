"""Two branches whose requirements contradict each other, side by side: the same DAG, each by its own.

The DAG needs a library that Airflow does not have, `rates`, and its two versions have no function in common. A Python
environment can have one of them. So each branch names an image with its own, as a team makes it: the platform's Airflow
and a layer. With the image of the other, its DAG could not be imported.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cli.dags.repositories import commit, repository
from cluster.environments.images import image_with
from cluster.environments.live import LiveEnvironment, bring, live_environment, new_developer, new_name
from cluster.parts import Cluster

pytestmark = pytest.mark.timeout(900)
DAG_ID = "convert"
FUNCTIONS = {"1.0.0": "in_euros", "2.0.0": "euros_of"}
"""By version of `rates`: what it calls its only function."""
FACTORS = {"1.0.0": 0.5, "2.0.0": 2.0}
MODULE = "def {function}(dollars):\n    return dollars * {factor}\n"
DAG = """\
from importlib.metadata import version

from airflow.sdk import DAG, task
from rates import {function}

with DAG("convert"):

    @task
    def say() -> str:
        return f"{{{function}(3.0)}} by rates {{version('rates')}}"

    say()
"""


@pytest.fixture(scope="module")
def images(cluster: Cluster) -> dict[str, str]:
    return {
        version: image_with(
            cluster, "rates", version=version, module=MODULE.format(function=function, factor=FACTORS[version])
        )
        for version, function in FUNCTIONS.items()
    }


@pytest.fixture(scope="module")
def both(
    cluster: Cluster, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, LiveEnvironment]]:
    """By version of `rates`: the environment of a branch that requires it."""
    with ExitStack() as stack:
        found, owner = {}, new_developer()
        for version, function in FUNCTIONS.items():
            checkout: Path = repository(tmp_path_factory.mktemp("requirements") / "checkout")
            commit(checkout, f"requires rates {version}", {"dags/convert.py": DAG.format(function=function)})
            name = new_name()
            bring(cluster, checkout, branch=name)
            made = live_environment(cluster, name=name, owner=owner, branch=name, image=images[version])
            found[version] = stack.enter_context(made)
        for each in found.values():
            each.wait_for("Ready")
            each.wait_for_reason("Synced", "Parsed")
        yield found
        for each in found.values():  # at the same time
            each.delete()


def test_the_same_dag_has_each_branchs_result(both: dict[str, LiveEnvironment]) -> None:
    results = {version: each.result_of(DAG_ID) for version, each in both.items()}
    assert results == {"1.0.0": "1.5 by rates 1.0.0", "2.0.0": "6.0 by rates 2.0.0"}
