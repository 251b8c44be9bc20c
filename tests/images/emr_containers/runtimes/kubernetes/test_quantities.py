"""Quantities as Kubernetes reads them."""

from decimal import Decimal

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.quantities import counted, quantity, written

KIB, MIB, GIB = 1024, 1024**2, 1024**3


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", "1"),
        ("500m", "0.5"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("1.", "1"),
        ("2Gi", str(2 * GIB)),
        ("1.5Gi", str(GIB * 3 // 2)),
        ("1G", "1000000000"),
        ("64Mi", str(64 * MIB)),
        ("128k", "128000"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("1E", "1000000000000000000"),
        ("24684356Ki", str(24684356 * KIB)),
        ("100n", "0.0000001"),
    ],
)
def test_quantities(text: str, amount: str) -> None:
    assert quantity(text, name="cpu") == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-1", "1 Gi", "1gb", "1GiB", "1e3Gi", "half", "1e1000", "."])
def test_quantities_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValidationException, match="not a Kubernetes quantity"):
        quantity(text, name="cpu")


@pytest.mark.parametrize("text", ["9999999999999999999Ei", "8Ei", "1e99"])
def test_quantities_that_are_too_large_to_count_are_refused(text: str) -> None:
    with pytest.raises(ValidationException, match="more than any machine has"):
        quantity(text, name="cpu")


@pytest.mark.parametrize(
    ("name", "text", "counts"),
    [
        ("cpu", "1500u", "0.002"),
        ("cpu", "250m", "0.25"),
        ("memory", "0.1", "1"),
        ("memory", "1Gi", str(GIB)),
        ("nvidia.com/gpu", "1", "1"),
    ],
)
def test_schedulers_count_in_thousandths_of_a_core_and_in_whole_bytes(name: str, text: str, counts: str) -> None:
    assert counted(name, quantity(text, name=name)) == quantity(counts, name=name)


@pytest.mark.parametrize(
    ("name", "amount", "text"),
    [
        ("cpu", "2", "2"),
        ("cpu", "0.25", "250m"),
        ("cpu", "1.5", "1500m"),
        ("cpu", "0", "0"),
        ("memory", str(896 * MIB), "896Mi"),
        ("memory", str(896 * MIB + 1), str(896 * MIB + 1)),
        ("nvidia.com/gpu", "2", "2"),
    ],
)
def test_amounts_are_written_as_kubernetes_reads_them(name: str, amount: str, text: str) -> None:
    assert written(name, Decimal(amount)) == text
    assert quantity(text, name=name) == Decimal(amount)
