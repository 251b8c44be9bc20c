"""Template parameters from the arguments that all operators of job templates have. Pure.

The functions are called once the arguments are rendered.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from longshore.exceptions import InvalidArgumentError

Number = int | str
"""A whole number, or the text of one (templated arguments render to text)."""

_MEMORY = ("driver_memory", "executor_memory")
_COUNTS = ("executor_cores", "executor_instances")
_CONTAINER = {
    "memory": ("spark.driver.memory", r"[1-9]\d*[kmgt]b?", "'512m' or '2g'"),
    "cpu": ("spark.kubernetes.driver.request.cores", r"\d+(\.\d+)?|[1-9]\d*m", "'500m' or 2"),
    "cpu_limit": ("spark.kubernetes.driver.limit.cores", r"\d+(\.\d+)?|[1-9]\d*m", "'500m' or 2"),
}
"""By key: the property, the form of its values, and examples."""


def resource_parameters(resources: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns the parameters for `driver_memory`, `executor_memory` (such as `2g`), `executor_cores` and
    `executor_instances`. Raises InvalidArgumentError."""
    parameters: dict[str, str] = {}
    check_mapping("spark_resources", resources or {})
    for name, value in (resources or {}).items():
        if name in _COUNTS:
            parameters[name] = whole_number(f"spark_resources[{name!r}]", value) or ""
        elif name in _MEMORY:
            if not re.fullmatch(r"[1-9]\d*[kmgt]b?", str(value), re.IGNORECASE):
                raise InvalidArgumentError(
                    f"spark_resources[{name!r}] is {value!r}: give a whole number with its unit, "
                    "such as '2g' or '512m'."
                )
            parameters[name] = str(value)
        else:
            known = ", ".join(_MEMORY + _COUNTS)
            raise InvalidArgumentError(f"spark_resources has no key {name!r}: it knows {known}.")
    return parameters


def container_properties(resources: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns the Spark properties by which the API takes a container's `memory`, `cpu` and `cpu_limit`.

    Raises:
        InvalidArgumentError: a key is unknown, or a value is no amount.
    """
    check_mapping("container_resources", resources or {})
    properties: dict[str, str] = {}
    for name, value in (resources or {}).items():
        if name not in _CONTAINER:
            raise InvalidArgumentError(f"container_resources has no key {name!r}: it knows {', '.join(_CONTAINER)}.")
        key, form, example = _CONTAINER[name]
        if isinstance(value, bool) or not re.fullmatch(form, str(value), re.IGNORECASE):
            raise InvalidArgumentError(f"container_resources[{name!r}] is {value!r}: give an amount such as {example}.")
        properties[key] = str(value)
    return properties


def merged(*groups: Mapping[str, Any]) -> dict[str, str]:
    """Returns all parameters of `groups` as texts.

    Raises:
        InvalidArgumentError: two groups give the same parameter, or a value is empty, missing or not a scalar.
    """
    result: dict[str, str] = {}
    for group in groups:
        check_mapping("job_template_parameters", group)
        for name, value in group.items():
            if name in result:
                raise InvalidArgumentError(
                    f"The template parameter {name!r} is given twice: by an argument of the operator and by "
                    "job_template_parameters or spark_resources. Leave one of them out."
                )
            result[name] = text_of(
                f"The template parameter {name!r}",
                value,
                way_out=" Leave the parameter out to get the template's default.",
            )
    return result


def check_mapping(argument: str, value: object) -> None:
    """Raises InvalidArgumentError if a value is no mapping; templates may render mappings to text."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(
            f"{argument} is {value!r}: give a mapping. (Where a template makes it, the DAG needs "
            "render_template_as_native_obj=True.)"
        )


def seconds(argument: str, value: timedelta | float) -> float:
    """Returns the seconds of a time that is not negative and ends. Raises InvalidArgumentError."""
    found = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 <= found < float("inf"):
        raise InvalidArgumentError(f"{argument} is {value!r}: give a timedelta, or seconds from 0.")
    return float(found)


def text_of(what: str, value: object, *, longest: int | None = None, way_out: str = "") -> str:
    """Returns the text that the API takes for a value; `true` or `false` for a bool.

    Args:
        what: the value's name in messages.
        value: a text, a number or a bool.
        longest: most characters of the text; None: others check them.
        way_out: a sentence for the message about a wrong value, after a space.

    Raises:
        InvalidArgumentError: it is of another type, empty or too long.
    """
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, bool | int | float | str) or not text.strip():
        raise InvalidArgumentError(f"{what} is {value!r}: give a text that is not empty, a number or a bool.{way_out}")
    if longest is not None and len(text) > longest:
        raise InvalidArgumentError(f"{what} has {len(text)} characters, and the API takes {longest}: shorten it.")
    return text


def whole_number(argument: str, value: Number | None, *, least: int = 1) -> str | None:
    """Returns the text of a whole number; None if none was given. Raises InvalidArgumentError."""
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"0|[1-9]\d*", text) or int(text) < least:
        raise InvalidArgumentError(f"{argument} is {value!r}: give a whole number from {least}.")
    return text
