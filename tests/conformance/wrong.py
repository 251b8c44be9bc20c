"""Requests that are wrong in one place each, made from the constraints of botocore's model. Pure."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from .fit import fits_pattern


@dataclass(frozen=True)
class Wrong:
    """A request, and what is wrong with it."""

    place: tuple[str | int, ...]
    """The way to it: members, keys and indices."""
    fault: str
    request: dict[str, Any]

    def __str__(self) -> str:
        return f"{'.'.join(str(part) for part in self.place)} {self.fault}"

    @property
    def member(self) -> str:
        """The name that a refusal has to say."""
        return next(part for part in reversed(self.place) if isinstance(part, str))


def wrong_requests(shape: StructureShape, right: dict[str, Any]) -> Iterator[Wrong]:
    """Each request that is `right` except in one place of its shape.

    Members in a URI are neither left out nor emptied: that is another operation's URI, or none.
    """
    for place, fault, value in _faults(shape, right, ()):
        yield Wrong(place, fault, _with(right, place, value))


_GONE = object()
_Place = tuple[str | int, ...]


def _faults(shape: Shape, value: Any, place: _Place) -> Iterator[tuple[_Place, str, Any]]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            in_uri = member.serialization.get("location") == "uri"
            # botocore itself makes up a token that is not given.
            if name in shape.required_members and not in_uri and not member.metadata.get("idempotencyToken"):
                yield (*place, name), "missing", _GONE
            if name in value:
                faults = _faults(member, value[name], (*place, name))
                yield from ((below, fault, wrong) for below, fault, wrong in faults if not in_uri or wrong != "")
    elif isinstance(shape, ListShape):
        if (most := shape.metadata.get("max")) is not None:
            yield place, "with too many items", value[:1] * (most + 1)
        yield from _faults(shape.member, value[0], (*place, 0))
    elif isinstance(shape, MapShape):
        key, item = next(iter(value.items()))
        if (most := shape.metadata.get("max")) is not None:
            yield place, "with too many items", {f"{key}{number}": item for number in range(most + 1)}
        for _, fault, wrong in _faults(shape.key, key, place):
            yield place, f"with a key {fault}", {wrong: item}
        yield from _faults(shape.value, item, (*place, key))
    elif shape.type_name == "string":
        yield from ((place, fault, wrong) for fault, wrong in _wrong_texts(shape, value))
    elif shape.type_name == "integer":
        yield place, "no number", "many"
        if "min" in shape.metadata:
            yield place, "too small", shape.metadata["min"] - 1
        if "max" in shape.metadata:
            yield place, "too large", shape.metadata["max"] + 1


def _wrong_texts(shape: Shape, right: str) -> Iterator[tuple[str, str]]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    if high is not None:
        # Its last character again: what is too long stays of the pattern where it can.
        yield "too long", right + right[-1] * (high + 1 - len(right))
    if low == 1:
        yield "empty", ""
    elif low > 1:
        yield "too short", right[: low - 1]
    if shape.metadata.get("enum"):
        yield "outside its enum", "NO_SUCH_VALUE"
    # With a space around it nothing but a text of any kind is of its pattern, and that must not be blank.
    for text in (f" {right}", "!" * low, " " * low):
        if not fits_pattern(shape, text):
            yield "against its pattern", text
            break


def _with(request: dict[str, Any], place: _Place, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(request)
    inner: Any = changed
    for name in place[:-1]:
        inner = inner[name]
    if value is _GONE:
        inner.pop(place[-1], None)
    else:
        inner[place[-1]] = value
    return changed
