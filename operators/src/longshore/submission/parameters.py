"""Template parameters from the arguments that all operators of job templates have. Pure.

The functions are called once the arguments are rendered.
"""

import re
from collections.abc import Mapping
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
            result[name] = _scalar(name, value)
    return result


def check_mapping(argument: str, value: object) -> None:
    """Raises InvalidArgumentError if a value is no mapping; templates may render mappings to text."""
    if not isinstance(value, Mapping):
        raise InvalidArgumentError(
            f"{argument} is {value!r}: give a mapping. (Where a template makes it, the DAG needs "
            "render_template_as_native_obj=True.)"
        )


def whole_number(argument: str, value: Number | None, *, least: int = 1) -> str | None:
    """Returns the text of a whole number; None if none was given. Raises InvalidArgumentError."""
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"0|[1-9]\d*", text) or int(text) < least:
        raise InvalidArgumentError(f"{argument} is {value!r}: give a whole number from {least}.")
    return text


def _scalar(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float) and str(value).strip():
        return str(value)
    raise InvalidArgumentError(
        f"The template parameter {name!r} is {value!r}: give a text that is not empty, or a number. "
        "Leave the parameter out to get the template's default."
    )
