"""Spark's sizes and Kubernetes' quantities as numbers. Pure."""

import math
import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal

from emr_containers.exceptions import ValidationException

_SPARK_UNITS = {"b": 0} | {unit + byte: 10 * power for power, unit in enumerate("kmgtp", start=1) for byte in ("", "b")}
"""Powers of two. Source: Spark, JavaUtils.byteStringAs."""
_QUANTITY_UNITS = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(r"\+?([0-9]{1,19}\.?[0-9]{0,9}|\.[0-9]{1,9})([eE][+-]?[0-9]{1,2})?([numkMGTPE]|[KMGTPE]i)?")
_LONGEST = 2**63
MEBI = 1024 * 1024


def spark_bytes(text: str, *, name: str, unit: str = "m") -> int:
    """A size of Spark's in bytes.

    Args:
        text: digits and perhaps a unit, in either case: `1g`, `512MB`, `1024`.
        name: the property, for the message.
        unit: what bare digits mean, which differs by property: `m` for memory, `b` for off-heap memory.

    Raises:
        ValidationException: Spark could not read it either.
    """
    match = re.fullmatch(r"([0-9]{1,19})([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or (match[2] and match[2] not in _SPARK_UNITS):
        raise ValidationException(
            f"{name} is {text[:80]!r}, which Spark cannot read: give a whole number and a unit, like 1536m or 2g."
        )
    size = int(match[1]) << _SPARK_UNITS[match[2] or unit]
    if size >= _LONGEST:
        raise ValidationException(f"{name} is {text[:80]!r}: that is more than any machine has.")
    return size


def memory(conf: Mapping[str, str], name: str, *, default: str = "0", unit: str = "m") -> int:
    """A property's size in MiB, rounded down as Spark does.

    Raises:
        ValidationException: Spark could not read it.
    """
    return spark_bytes(conf.get(name, default), name=name, unit=unit) // MEBI


def factor(text: str, *, name: str) -> float:
    """A factor of Spark's, such as that of a memory overhead.

    Raises:
        ValidationException: it is no number, or below zero.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValidationException(f"{name} is {text[:80]!r}: give a number of zero or more, like 0.4.")
    return value


def quantity(text: str, *, name: str) -> Decimal:
    """A quantity of Kubernetes', in cores or bytes: `500m`, `1.5`, `2Gi`, `1e3`.

    Raises:
        ValidationException: it is none, below zero, or more than Kubernetes can count.
    """
    match = _QUANTITY.fullmatch(text)
    if match is None or (match[2] and match[3]):
        raise ValidationException(f"{name} is {text[:80]!r}, which is no quantity of Kubernetes': give one like 500m.")
    amount = Decimal(match[1] + (match[2] or "")) * _QUANTITY_UNITS[match[3] or ""]
    if amount >= _LONGEST:
        raise ValidationException(f"{name} is {text[:80]!r}: that is more than any machine has.")
    return amount


def counted(name: str, amount: Decimal) -> Decimal:
    """An amount of a resource as schedulers count it: rounded up, CPU to a thousandth of a core, all else to one."""
    parts = 1000 if name == "cpu" else 1
    return (amount * parts).to_integral_value(ROUND_CEILING) / parts


def written(name: str, amount: Decimal) -> str:
    """An amount as Kubernetes reads it: `896Mi`, `1500m`, `2`."""
    if name == "cpu" and amount % 1:
        return f"{amount * 1000:.0f}m"
    if amount and not amount % MEBI:
        return f"{amount / MEBI:.0f}Mi"
    return f"{amount:.0f}"
