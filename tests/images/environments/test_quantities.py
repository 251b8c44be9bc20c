"""Kubernetes' quantities are read as it reads them."""

from decimal import Decimal

import pytest
from environments.quantities import quantity, times


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", "2"),
        ("500m", "0.5"),
        ("1.5", "1.5"),
        ("1Ki", "1024"),
        ("1.5Gi", "1610612736"),
        ("1k", "1000"),
        ("1e3", "1000"),
    ],
)
def test_a_quantity_is_a_number(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "much", "1 Gi", "1GiB", "1Ki2"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        quantity(text)


@pytest.mark.parametrize(
    ("text", "count", "product"), [("4", 1, "4"), ("6Gi", 10, "60Gi"), ("500m", 3, "1500m"), ("1.5Gi", 2, "3.0Gi")]
)
def test_a_quantity_is_multiplied_in_its_unit(text: str, count: int, product: str) -> None:
    assert times(text, count) == product
