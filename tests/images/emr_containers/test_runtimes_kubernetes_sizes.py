"""Sizes as Spark reads them, and quantities as Kubernetes does."""

from decimal import Decimal

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.sizes import counted, factor, memory, quantity, spark_bytes, written

KIB, MIB, GIB = 1024, 1024**2, 1024**3


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512", 512 * MIB),  # the property's own unit
        ("1g", GIB),
        ("1G", GIB),
        ("1gb", GIB),
        (" 2GB ", 2 * GIB),
        ("512m", 512 * MIB),
        ("512MB", 512 * MIB),
        ("1024k", MIB),
        ("1t", 1024 * GIB),
        ("1pb", 1024**2 * GIB),
        ("1048576b", MIB),
        ("0", 0),
        ("007k", 7 * KIB),
    ],
)
def test_sizes_that_spark_reads(text: str, size: int) -> None:
    assert spark_bytes(text, name="spark.driver.memory") == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "g",
        "1.5g",
        "1 g",
        "-1g",
        "+1g",
        "1gib",
        "1x",
        "1e3",
        "0x10",
        "१g",
        "1g1",
        "lots",
        "9" * 5000,
        "9" * 19 + "p",
    ],
)
def test_sizes_that_spark_cannot_read_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValidationException, match=r"spark\.driver\.memory is '") as error:
        spark_bytes(text, name="spark.driver.memory")
    assert len(str(error.value)) < 250


def test_a_property_has_its_own_unit_and_is_rounded_down_to_mib() -> None:
    assert memory({"x": "1048576"}, "x", unit="b") == 1
    assert memory({"x": "1048575b"}, "x") == 0
    assert memory({"x": "1537k"}, "x") == 1
    assert memory({}, "x", default="1g") == 1024
    assert memory({}, "x") == 0


@pytest.mark.parametrize(("text", "value"), [("0.4", 0.4), ("0", 0.0), ("1", 1.0), ("1e-1", 0.1), (" .5 ", 0.5)])
def test_factors(text: str, value: float) -> None:
    assert factor(text, name="f") == value


@pytest.mark.parametrize("text", ["", "a lot", "-0.1", "nan", "inf", "0,4"])
def test_factors_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValidationException, match="give a number of zero or more"):
        factor(text, name="spark.driver.memoryOverheadFactor")


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
    with pytest.raises(ValidationException, match="no quantity of Kubernetes'"):
        quantity(text, name="cpu")


@pytest.mark.parametrize("text", ["9999999999999999999Ei", "8Ei", "1e99"])
def test_quantities_that_nobody_can_count_are_refused(text: str) -> None:
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
