"""Kubernetes' resource quantities as numbers. Pure. Source: apimachinery, pkg/api/resource, "Quantity"."""

import re
from decimal import Context, Decimal

from longshore_libs.exceptions import QuantityError

# Kubernetes itself counts in 64 bits. The limits only keep a short text from becoming a number of a million digits.
_QUANTITY = re.compile(
    r"([+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40}))([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?"
)
_UNITS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
MEBI, GIBI = 1024**2, 1024**3
_EXACT = Context(prec=200)
"""More digits than a quantity can have: no product is rounded."""


def parse_quantity(text: str | int) -> Decimal:
    """Returns `500m`, `1.5Gi`, `1e3` or `2` as a number of cores, bytes or pieces.

    Args:
        text: a value of a manifest, which YAML may have read as a whole number. It may be below zero.

    Raises:
        QuantityError: the text is not a quantity.
    """
    number, unit = _parts(text)
    return _EXACT.multiply(Decimal(number), _UNITS[unit]) if unit in _UNITS else Decimal(number + unit)


def multiply_quantity(text: str | int, count: int) -> str:
    """Returns a multiple of the quantity, in its own unit: three times `500m` are `1500m`.

    Raises:
        QuantityError: the text is not a quantity.
    """
    number, unit = _parts(text)
    return f"{_EXACT.multiply(Decimal(number), Decimal(count)):f}{unit}"


def _parts(text: str | int) -> tuple[str, str]:
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise QuantityError(f"{str(text)[:80]!r} is not a Kubernetes quantity. Write one like 500m, 2 or 1.5Gi.")
    return match[1], match[2] or ""
