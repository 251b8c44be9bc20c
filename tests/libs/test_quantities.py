"""Kubernetes' quantities are read as Kubernetes reads them, and as each program read them before."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore_libs.exceptions import QuantityError
from longshore_libs.quantities import multiply_quantity, parse_quantity

_FACTORS = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
_FACTORS |= {unit: Decimal(10) ** (3 * power) for power, unit in enumerate("kMGTPE", start=1)}
_FACTORS |= {f"{unit}i": Decimal(2) ** (10 * power) for power, unit in enumerate("KMGTPE", start=1)}
_KUBERNETES = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?")
"""The grammar of a quantity. Source: apimachinery, pkg/api/resource/quantity.go, the comment of `Quantity`."""

numbers = st.from_regex(re.compile(r"\A[+-]?([0-9]{1,19}(\.[0-9]{0,9})?|\.[0-9]{1,9})\Z", re.ASCII))
units = st.sampled_from(sorted(_FACTORS))


@given(numbers, units)
def test_a_quantity_is_its_number_times_its_unit(number: str, unit: str) -> None:
    assert Fraction(parse_quantity(number + unit)) == Fraction(Decimal(number)) * Fraction(_FACTORS[unit])


@given(numbers, st.sampled_from("eE"), st.integers(-99, 99))
def test_an_exponent_is_one_of_ten(number: str, letter: str, exponent: int) -> None:
    assert parse_quantity(f"{number}{letter}{exponent}") == Decimal(number).scaleb(exponent)


@given(st.one_of(st.text(max_size=12), st.from_regex(re.compile(r"\A[+-]?[0-9.]{0,6}[a-zA-Z]{0,2}[+-]?[0-9]{0,2}\Z"))))
def test_a_text_is_a_quantity_if_kubernetes_has_it_as_one(text: str) -> None:
    if _KUBERNETES.fullmatch(text):
        assert parse_quantity(text).is_finite()
    else:
        with pytest.raises(QuantityError, match="is not a Kubernetes quantity"):
            parse_quantity(text)


@given(st.integers(-(2**63), 2**63))
def test_a_whole_number_of_yaml_is_a_quantity(number: int) -> None:
    assert parse_quantity(number) == number


@pytest.mark.parametrize("text", ["1e100", "1e-999999999", "9" * 41, "." + "0" * 41])
def test_no_short_text_is_a_number_of_many_digits(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)


@given(numbers, units, st.integers(0, 1000))
def test_a_multiple_is_as_much_as_its_parts_together(number: str, unit: str, count: int) -> None:
    product = parse_quantity(multiply_quantity(number + unit, count))
    assert Fraction(product) == Fraction(parse_quantity(number + unit)) * count


@pytest.mark.parametrize(
    ("text", "count", "product"), [("4", 1, "4"), ("6Gi", 10, "60Gi"), ("500m", 3, "1500m"), ("1.5Gi", 2, "3.0Gi")]
)
def test_a_quantity_is_multiplied_in_its_unit(text: str, count: int, product: str) -> None:
    assert multiply_quantity(text, count) == product
