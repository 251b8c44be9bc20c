"""Kubernetes' quantities are read as it reads them."""

from decimal import Decimal

import pytest
from environments.quantities import quantity


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
