"""Sizes and factors as Spark reads them."""

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.spark_sizes import factor, memory, spark_bytes

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
