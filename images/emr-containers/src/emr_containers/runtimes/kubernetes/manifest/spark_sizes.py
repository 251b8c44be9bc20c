"""Spark's sizes and factors as numbers. Pure."""

import math
import re
from collections.abc import Mapping

from longshore_libs.quantities import MEBI

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.quantities import LARGEST

_SPARK_UNITS = {"b": 0} | {unit + byte: 10 * power for power, unit in enumerate("kmgtp", start=1) for byte in ("", "b")}
"""Units as powers of two. Source: Spark, JavaUtils.byteStringAs."""


def spark_bytes(text: str, *, name: str, unit: str = "m") -> int:
    """Returns the bytes of one of Spark's sizes.

    Args:
        text: digits and perhaps a unit, in upper or lower case: `1g`, `512MB`, `1024`.
        name: the property, for the message.
        unit: the unit of bare digits, which depends on the property: `m` for memory, `b` for off-heap memory.

    Raises:
        ValidationException: Spark could not read the size.
    """
    match = re.fullmatch(r"([0-9]{1,19})([a-z]*)", text.strip().lower(), re.ASCII)
    if match is None or (match[2] and match[2] not in _SPARK_UNITS):
        raise ValidationException(
            f"{name} is {text[:80]!r}, which Spark cannot read: give a whole number and a unit, like 1536m or 2g."
        )
    size = int(match[1]) << _SPARK_UNITS[match[2] or unit]
    if size >= LARGEST:
        raise ValidationException(f"{name} is {text[:80]!r}: that is more than any machine has.")
    return size


def memory(conf: Mapping[str, str], name: str, *, default: str = "0", unit: str = "m") -> int:
    """Returns the MiB of a property's size, rounded down as Spark does.

    Raises:
        ValidationException: Spark could not read the size.
    """
    return spark_bytes(conf.get(name, default), name=name, unit=unit) // MEBI


def factor(text: str, *, name: str) -> float:
    """Returns one of Spark's factors, such as that of a memory overhead.

    Raises:
        ValidationException: the text is not a number, or is below zero.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValidationException(f"{name} is {text[:80]!r}: give a number of zero or more, like 0.4.")
    return value
