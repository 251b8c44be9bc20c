"""A size is what it says, and each holds Airflow twice: an upgrade has old and new pods for a while."""

import pytest
from environments.build.sizes import SIZES, sizing
from environments.resource.spec import SIZES as NAMES
from images.environments.world import environment
from longshore_libs.quantities import GIBI, parse_quantity

AIRFLOW_CPU, AIRFLOW_GIB = 0.5, 1.5
"""The requests of helm/airflow's pods together, by its values."""


def test_every_size_of_the_schema_is_known() -> None:
    assert set(SIZES) == set(NAMES)


@pytest.mark.parametrize("size", NAMES)
def test_an_upgrade_fits(size: str) -> None:
    found = sizing(environment(size=size))
    assert parse_quantity(found.cpu) >= 2 * AIRFLOW_CPU
    assert parse_quantity(found.memory) / GIBI >= 2 * AIRFLOW_GIB


def test_resources_of_ones_own_win() -> None:
    found = sizing(environment(resources={"cpu": 3, "memory": "9Gi"}))
    assert (found.cpu, found.memory) == ("3", "9Gi")
