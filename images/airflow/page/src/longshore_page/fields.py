"""The fields of an environment that the page sets, from their description. Pure.

The description is `spec.yaml` of the chart environments; the file here is a link to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from longshore_page.exceptions import InvalidRequestError

Kind = Literal["choice", "text", "number", "flag"]
_MAX_LENGTH = 500
_EXPECTED: Mapping[Kind, tuple[type[Any], str]] = {
    "choice": (str, f"a text of at most {_MAX_LENGTH} characters"),
    "text": (str, f"a text of at most {_MAX_LENGTH} characters"),
    "number": (int, "a whole number"),
    "flag": (bool, "true or false"),
}


@dataclass(frozen=True, kw_only=True)
class SpecField:
    """A field of `spec` that the page sets: by an input of its form, or always to its default."""

    name: str
    kind: Kind
    default: str | int | None
    """If there is one, requests must have the field: an object without it would mean something else."""
    label: str | None
    """The input's label. None: the form has no input."""
    choices: Mapping[str, str]
    """The texts of a choice's values."""
    enum: Sequence[str]
    """All values that the schema allows; none allows any."""


def read(description: Mapping[str, Any]) -> tuple[SpecField, ...]:
    """Returns the fields that the page sets, in the description's order."""
    kinds: Mapping[str, Kind] = {"string": "text", "integer": "number", "boolean": "flag"}
    found = []
    for name, field in description["fields"].items():
        if "form" in field or "default" in field:
            form = field.get("form", {})
            found.append(
                SpecField(
                    name=name,
                    kind="choice" if "choices" in form else kinds[field["schema"]["type"]],
                    default=field.get("default"),
                    label=form.get("label"),
                    choices=form.get("choices", {}),
                    enum=field["schema"].get("enum", ()),
                )
            )
    return tuple(found)


def inputs(fields: Sequence[SpecField]) -> list[dict[str, Any]]:
    """Returns the inputs of the form, for the page's script."""
    return [
        {"name": each.name, "label": each.label, "kind": each.kind, "choices": each.choices, "default": each.default}
        for each in fields
        if each.label is not None
    ]


def spec(fields: Sequence[SpecField], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields' part of `spec`. An empty text and false leave out a field that has no default.

    Args:
        given: the values of a request, by the fields' names.

    Raises:
        InvalidRequestError: the form has no such field, or it cannot have this value.
    """
    if unknown := sorted(given.keys() - {each.name for each in fields if each.label is not None}):
        raise InvalidRequestError(f"{unknown[0][:100]}: The form has no such field; remove it.")
    found = {each.name: _value(each, given) if each.label is not None else each.default for each in fields}
    return {name: value for name, value in found.items() if value is not None}


def _value(field: SpecField, given: Mapping[str, Any]) -> str | int | None:
    value = given.get(field.name)
    if field.default is None and (value is None or value is False or value == ""):
        return None
    expected, words = _EXPECTED[field.kind]
    if type(value) is not expected or (isinstance(value, str) and len(value) > _MAX_LENGTH):
        raise InvalidRequestError(f"{field.name}: This field has to be {words}.")
    if field.enum and value not in field.enum:
        raise InvalidRequestError(f"{field.name}: This field has to be one of {', '.join(field.enum)}.")
    return value


FIELDS = read(yaml.load(Path(__file__).with_name("spec.yaml").read_bytes(), Loader=yaml.CSafeLoader))
