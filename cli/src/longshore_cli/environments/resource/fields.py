"""The fields of an environment that `longshore env create` has options for, from their description. Pure.

The description is `spec.yaml` of the chart environments; the file here is a link to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["text", "choice", "number", "flag", "list"]
Value = str | int | bool | Sequence[str] | None
"""The value of an option. None, false or empty: the field is left out."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of `spec`, and its option."""

    name: str
    """The name in `spec`."""
    option: str
    """The option's name, without dashes at its beginning."""
    help: str
    kind: Kind
    choices: tuple[str, ...]
    """The allowed values of a choice."""
    default: str | int | None
    """The value to set if the user gives none. None: the field is left out."""


def read(description: Mapping[str, Any]) -> tuple[Field, ...]:
    """Returns the fields that have an option, in the description's order."""
    return tuple(
        Field(
            name=name,
            option=field["option"].get("name", name),
            help=field["option"]["help"],
            kind=_kind(field["schema"]),
            choices=tuple(field["schema"].get("enum", ())),
            default=field.get("default"),
        )
        for name, field in description["fields"].items()
        if "option" in field
    )


def _kind(schema: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    kinds: Mapping[str, Kind] = {"string": "text", "integer": "number", "boolean": "flag", "array": "list"}
    return kinds[schema["type"]]


FIELDS = read(yaml.load(Path(__file__).with_name("spec.yaml").read_bytes(), Loader=yaml.CSafeLoader))
