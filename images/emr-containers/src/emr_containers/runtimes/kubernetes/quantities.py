"""Kubernetes' resource quantities as requests may have them, and amounts as schedulers count them. Pure."""

from decimal import ROUND_CEILING, Decimal

from longshore_libs.exceptions import QuantityError
from longshore_libs.quantities import MEBI, parse_quantity

from emr_containers.exceptions import ValidationException

LARGEST = 2**63
"""Kubernetes counts in 64-bit integers, so an amount must be smaller than this."""


def quantity(text: str, *, name: str) -> Decimal:
    """Returns the cores or bytes of a Kubernetes quantity: `500m`, `1.5`, `2Gi`, `1e3`.

    Raises:
        ValidationException: the text is not a quantity, or is below zero or too large for Kubernetes.
    """
    try:
        amount = parse_quantity(text)
    except QuantityError as error:
        raise _not_a_quantity(text, name) from error
    if amount.is_signed():
        raise _not_a_quantity(text, name)
    if amount >= LARGEST:
        raise ValidationException(f"{name} is {text[:80]!r}: that is more than any machine has.")
    return amount


def _not_a_quantity(text: str, name: str) -> ValidationException:
    return ValidationException(f"{name} is {text[:80]!r}, which is not a Kubernetes quantity: give one like 500m.")


def counted(name: str, amount: Decimal) -> Decimal:
    """Returns an amount as schedulers count it: rounded up to a thousandth of a core, or to a whole number."""
    parts = 1000 if name == "cpu" else 1
    return (amount * parts).to_integral_value(ROUND_CEILING) / parts


def written(name: str, amount: Decimal) -> str:
    """Returns an amount in the form that Kubernetes reads: `896Mi`, `1500m`, `2`."""
    if name == "cpu" and amount % 1:
        return f"{amount * 1000:.0f}m"
    if amount and not amount % MEBI:
        return f"{amount / MEBI:.0f}Mi"
    return f"{amount:.0f}"
