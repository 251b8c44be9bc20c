"""`${name}` in job templates: declared with a type and a default, filled in when a run starts.

Source: AWS, "Defining job template parameters" (EMR on EKS development guide) and the model's
`TemplateParameterConfiguration`. A name in braces that is no parameter name (`${env:HOME}`) is left as it is.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emr_containers.exceptions import ValidationException

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""As JSON and Java read one: no spaces, underscores or other scripts' digits, which Python would take."""
_REFERENCE = re.compile(r"\$\{([.\-_#A-Za-z0-9]+)\}")


def check_template(data: Mapping[str, Any]) -> None:
    """Checks the parameters of `jobTemplateData`.

    Raises:
        ValidationException: a parameter is used and not declared, or a default does not fit its type.
    """
    declared = data.get("parameterConfiguration", {})
    undeclared = sorted(set(_references(_parametric(data))) - declared.keys())
    if undeclared:
        raise ValidationException(
            f"Job template parameters {_names(undeclared)} are used and not declared in parameterConfiguration; "
            "declare each with its type."
        )
    for name, parameter in declared.items():
        if "defaultValue" in parameter:
            _check_type(name, parameter, parameter["defaultValue"])


def fill(data: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """`jobTemplateData` without its parameterConfiguration and with every parameter replaced by its value.

    Args:
        data: a template's data that `check_template` found right.
        given: `jobTemplateParameters` of the request.

    Raises:
        ValidationException: a parameter is unknown, has no value, or has one of the wrong type.
    """
    declared = data.get("parameterConfiguration", {})
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise ValidationException(
            f"The job template has no parameters {_names(unknown)}; it has {_names(sorted(declared)) or 'none'}."
        )
    values = {name: given.get(name, parameter.get("defaultValue")) for name, parameter in declared.items()}
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise ValidationException(
            f"The job template parameters {_names(missing)} have no default: give them in jobTemplateParameters."
        )
    for name, value in given.items():
        _check_type(name, declared[name], value)
    filled = _fill(_parametric(data), values)
    assert isinstance(filled, dict)  # noqa: S101  a mapping stays one
    return filled


def _parametric(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "parameterConfiguration"}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _REFERENCE.findall(value)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _fill(value: Any, values: Mapping[str, str | None]) -> Any:
    if isinstance(value, str):
        # One pass: a value that itself holds `${…}` (SQL, say) is not looked at again.
        return _REFERENCE.sub(lambda match: str(values[match[1]]), value)
    if isinstance(value, Mapping):
        return {key: _fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, values) for item in value]
    return value


def _check_type(name: str, parameter: Mapping[str, str], value: str) -> None:
    if parameter.get("type") != "NUMBER":
        return
    if not _NUMBER.fullmatch(value):
        raise ValidationException(
            f"The value {value[:80]!r} of the job template parameter {name!r} is not a number, as its type NUMBER asks."
        )


def _names(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
