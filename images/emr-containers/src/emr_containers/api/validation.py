"""The model's constraints (required, length, range, pattern, enum, union), checked as AWS words them.

botocore's own validator serves clients: it checks types and minima only, and leaves the rest to the server.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from emr_containers.exceptions import ValidationException

MOST_PROBLEMS = 10
"""Problems that one answer names; nothing is checked after them, so a wrong request costs no more than this."""
_LONGEST_MATCHED = 2048
"""Characters of a text that is compared with a pattern where the model has no maximum; nothing that fits is longer."""
_LONGEST_PLACE = 200
"""Characters of a place: the keys of a request's maps are part of it."""


def validate(shape: Shape, value: Any, *, place: str = "") -> None:
    """Checks `value`, as `wire.parse_request` returns it, against `shape`.

    Args:
        place: the name of the request's member that `value` is; empty for the whole request.

    Raises:
        ValidationException: it names the first `MOST_PROBLEMS` values that break a constraint, each with its place
            and the constraint. Values of sensitive shapes are not repeated.
    """
    problems = list(islice(_problems(shape, value, place), MOST_PROBLEMS))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected: "
        rest = "; nothing was checked after these" if len(problems) == MOST_PROBLEMS else ""
        raise ValidationException(count + "; ".join(problems) + rest)


def _problems(shape: Shape, value: Any, place: str, *, secret: bool = False) -> Iterator[str]:
    # The model marks only the outermost shape as sensitive; everything inside it is sensitive too.
    secret = secret or bool(shape.metadata.get("sensitive"))
    if isinstance(shape, StructureShape):
        yield from _structure_problems(shape, value, place, secret=secret)
    elif isinstance(shape, ListShape):
        yield from _size_problems(shape, value, place, secret=secret)
        for index, item in enumerate(value):
            yield from _problems(shape.member, item, f"{place}.{index + 1}.member", secret=secret)
    elif isinstance(shape, MapShape):
        yield from _size_problems(shape, value, place, secret=secret)
        for key, item in value.items():
            yield from _problems(shape.key, key, f"{place}.key")
            yield from _problems(shape.value, item, f"{place}.{key}.member", secret=secret)
    elif shape.type_name == "string":
        yield from _string_problems(shape, value, place, secret=secret)
    elif shape.type_name == "integer":
        yield from _size_problems(shape, value, place, secret=secret)


def _structure_problems(shape: StructureShape, value: dict[str, Any], place: str, *, secret: bool) -> Iterator[str]:
    prefix = f"{place}." if place else ""
    for name in shape.required_members:
        if name not in value:
            yield f"Value null at '{_cut(prefix + name)}' failed to satisfy constraint: Member must not be null"
    if shape.metadata.get("union") and len(value) != 1:
        yield f"Value at '{_cut(place)}' failed to satisfy constraint: exactly one member must be set"
    for name, item in value.items():
        yield from _problems(shape.members[name], item, f"{prefix}{name}", secret=secret)


def _string_problems(shape: Shape, value: str, place: str, *, secret: bool) -> Iterator[str]:
    yield from _size_problems(shape, value, place, secret=secret)
    shown = "Value" if secret else _shown(value)
    place = _cut(place)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield (
            f"{shown} at '{place}' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
    pattern, most = shape.metadata.get("pattern"), shape.metadata.get("max")
    if most is not None and len(value) > most:
        return  # some patterns take a time that grows with the square of the length
    if pattern and (len(value) > (most or _LONGEST_MATCHED) or not _compiled(pattern).fullmatch(value)):
        yield (
            f"{shown} at '{place}' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {pattern}"
        )


def _size_problems(shape: Shape, value: Any, place: str, *, secret: bool) -> Iterator[str]:
    size = value if shape.type_name == "integer" else len(value)
    kind = "value" if shape.type_name == "integer" else "length"
    shown = "Value" if secret or shape.type_name in ("list", "map") else _shown(value)
    place = _cut(place)
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield (
            f"{shown} at '{place}' failed to satisfy constraint: Member must have {kind} greater than or equal to {low}"
        )
    if high is not None and size > high:
        yield (
            f"{shown} at '{place}' failed to satisfy constraint: Member must have {kind} less than or equal to {high}"
        )


def _cut(place: str) -> str:
    return place if len(place) <= _LONGEST_PLACE else f"{place[: _LONGEST_PLACE - 3]}..."


def _shown(value: str | int) -> str:
    text = str(value)
    return f"Value '{text if len(text) <= 80 else text[:77] + '...'}'"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The model's patterns are Java's. In Python, strings hold whole code points, and UriString's surrogate pair would
    # be an invalid range.
    return re.compile(pattern.replace(r"\uD800\uDBFF-\uDC00\uDFFF", r"\U00010000-\U0010FFFF"), re.DOTALL)
