"""AWS's interface of sizes that follow from earlier runs, as a job's Spark properties give it. Pure.

A label of the driver's pod switches it on and an annotation names the job, whose runs share a history. Further
annotations bound it. So a template says the same here and to the operator that AWS offers for EMR on EKS.

Two differences: here the driver is sized, too, and nothing is resized while it runs, so the mode `Auto` is refused.

Source: AWS, EMR on EKS development guide, "Configuring vertical autoscaling"; its first steps give the switch as an
annotation, which is taken, too.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from longshore_libs.exceptions import QuantityError
from longshore_libs.quantities import MEBI, parse_quantity

from emr_containers.exceptions import ValidationException
from emr_containers.sizing.plan.sizes import Bounds, Range

_ANNOTATION = "spark.kubernetes.driver.annotation."
_SWITCH = "emr-containers.amazonaws.com/dynamic.sizing"
LABEL = f"spark.kubernetes.driver.label.{_SWITCH}"
"""The property that switches it on."""
PREFIX = f"{_ANNOTATION}{_SWITCH}."
"""Begins all other properties of it."""
_KEYS = (
    *("signature", "mode", "scale.memory", "scale.memory.min", "scale.memory.max"),
    *("scale.cpu", "scale.cpu.min", "scale.cpu.max"),
)
_SIGNATURE_LENGTH = 256


@dataclass(frozen=True, kw_only=True)
class DynamicSizing:
    """A job's wish to be sized by its earlier runs."""

    signature: str
    """The name that all runs of the job share."""
    mode: Literal["Off", "Initial"] = "Off"
    """`Off`: a plan is only reported. `Initial`: the job starts with it."""
    bounds: Bounds = field(default_factory=Bounds)


def read_dynamic_sizing(conf: Mapping[str, str]) -> DynamicSizing | None:
    """Returns what a job's properties say; None if it is not switched on.

    Args:
        conf: the job's effective Spark properties.

    Raises:
        ValidationException: it is switched on, and something of it is missing, unknown or cannot be done here.
    """
    if "true" not in (conf.get(LABEL), conf.get(f"{_ANNOTATION}{_SWITCH}")):
        return None
    given = {key.removeprefix(PREFIX): value for key, value in conf.items() if key.startswith(PREFIX)}
    if unknown := sorted(given.keys() - set(_KEYS)):
        raise ValidationException(
            f"{PREFIX}{unknown[0][:80]} is unknown; known below {_SWITCH} are {', '.join(_KEYS)}."
        )
    signature = given.get("signature", "").strip()
    if not signature or len(signature) > _SIGNATURE_LENGTH:
        raise ValidationException(
            f"{PREFIX}signature is {'missing' if not signature else 'too long'}: name the job, with at most "
            f"{_SIGNATURE_LENGTH} characters, the same for each of its runs."
        )
    mode = given.get("mode", "Off")
    if mode not in ("Off", "Initial"):
        raise ValidationException(
            f"{PREFIX}mode is {mode[:80]!r}, and nothing is resized while it runs here: give Off, which only reports "
            "a plan, or Initial, with which a job starts."
        )
    if _truth(given, "scale.cpu", default=False):
        raise ValidationException(f"{PREFIX}scale.cpu is 'true', which is not done here: leave it out.")
    bounds = Bounds()
    if _truth(given, "scale.memory", default=True):
        bounds = Bounds(executor_memory=_memory(given, bounds.executor_memory))
    else:
        mode = "Off"
    return DynamicSizing(signature=signature, mode="Initial" if mode == "Initial" else "Off", bounds=bounds)


def _truth(given: Mapping[str, str], key: str, *, default: bool) -> bool:
    value = given.get(key, str(default).lower())
    if value not in ("true", "false"):
        raise ValidationException(f"{PREFIX}{key} is {value[:80]!r}: give true or false.")
    return value == "true"


def _memory(given: Mapping[str, str], default: Range) -> Range:
    least, most = (_mib(given, f"scale.memory.{end}") for end in ("min", "max"))
    range_ = Range(
        least=default.least if least is None else math.ceil(least),
        most=default.most if most is None else math.floor(most),
    )
    if least is None and range_.least > range_.most:
        range_ = Range(least=range_.most, most=range_.most)
    if range_.least > range_.most or range_.most < 1:
        raise ValidationException(
            f"{PREFIX}scale.memory.max is {given.get('scale.memory.max', f'{range_.most}Mi')[:80]!r}, which is less "
            "than the minimum: raise it, or lower scale.memory.min."
        )
    return range_


def _mib(given: Mapping[str, str], key: str) -> float | None:
    if key not in given:
        return None
    try:
        size = float(parse_quantity(given[key])) / MEBI
    except (QuantityError, OverflowError) as error:
        raise ValidationException(
            f"{PREFIX}{key} is {given[key][:80]!r}: give a quantity of memory, such as 4Gi."
        ) from error
    if not 0 < size < 1 << 40:
        raise ValidationException(f"{PREFIX}{key} is {given[key][:80]!r}: no container has that much memory.")
    return size
