"""Kubernetes' quantities as numbers. Pure. Source: apimachinery, pkg/api/resource, "Quantity"."""

import re
from decimal import Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?", re.ASCII)
_SMALL = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
_LARGE = {letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", start=1)}
_BINARY = {f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", start=1)}
_UNITS = _SMALL | _LARGE | _BINARY
GIB = Decimal(1024) ** 3


def quantity(text: str) -> Decimal:
    """`500m`, `1.5Gi` or `2` as a number: cores, bytes, pieces.

    Raises:
        ValueError: it is no quantity.
    """
    number, unit = _parts(text)
    return Decimal(number) * _UNITS[unit] if unit in _UNITS else Decimal(number + unit)


def times(text: str, count: int) -> str:
    """So many times the quantity, in its own unit.

    Raises:
        ValueError: see `quantity`.
    """
    number, unit = _parts(text)
    return f"{Decimal(number) * count:f}{unit}"


def _parts(text: str) -> tuple[str, str]:
    match = _QUANTITY.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is no quantity.")
    return match[1], match[2] or ""
