"""Converts requests to values and values to responses, by the model's shapes (protocol `rest-json`)."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_to_aware_datetime

from emr_containers.api.model import Operation
from emr_containers.exceptions import SerializationException, ValidationException

Values: TypeAlias = dict[str, Any]
"""Members of a structure by their names in the model; timestamps are aware datetimes."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INTEGER = re.compile("-?[0-9]{1,10}")
"""An integer in a query. Python's `int` would also accept "+5", " 5", "1_0" and other scripts' digits."""
_DEEPEST = 64
"""The deepest nesting of a body's JSON: far more than any request needs, far less than Python's stack holds."""
MOST_VALUES = 10_000
"""Values in a body's JSON: each costs time of its own, and 1 MiB holds half a million empty ones."""


def parse_request(
    operation: Operation, *, path: Mapping[str, str], query: Sequence[tuple[str, str]], body: bytes
) -> Values:
    """Returns the members of the operation's input that the request has, each from its place.

    Members that the model does not know are ignored, as at AWS.

    Raises:
        SerializationException: the body is not a JSON object, or a value cannot be read as its shape's type.
        ValidationException: the body has more than `MOST_VALUES` values.
    """
    return parse_members(operation, path=path, query=query, document=read_document(body))


def parse_members(
    operation: Operation,
    *,
    path: Mapping[str, str],
    query: Sequence[tuple[str, str]],
    document: Mapping[str, Any],
    without: Collection[str] = (),
) -> Values:
    """Returns the members of a request whose body was read already.

    Args:
        document: what `read_document` gave.
        without: names of members that are passed over.

    Raises:
        SerializationException: a value cannot be read as its shape's type.
        ValidationException: the members that are not passed over have more than `MOST_VALUES` values.
    """
    _check_extent([value for name, value in document.items() if name not in without])
    values: Values = {}
    for name, shape in operation.input_shape.members.items():
        if name in without:
            continue
        location = shape.serialization.get("location")
        key = shape.serialization.get("name", name)
        if location == "uri":
            values[name] = path[key]
        elif location == "querystring":
            if found := [value for given, value in query if given == key]:
                values[name] = _from_query(shape, found, name)
        elif document.get(key) is not None:
            values[name] = _from_json(shape, document[key], name)
    return values


def serialize(shape: Shape, value: Any) -> Any:
    """Returns `value` as JSON of `shape`: without unknown and empty members, with timestamps as ISO 8601."""
    if isinstance(shape, StructureShape):
        return {
            member.serialization.get("name", name): serialize(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [serialize(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: serialize(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def read_document(body: bytes) -> dict[str, Any]:
    """Returns the JSON object that a body is; an empty body is an empty one.

    Raises:
        SerializationException: it is not JSON, or not an object.
    """
    if not body:
        return {}
    try:
        document = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SerializationException("The request body is not valid JSON.") from error
    if not isinstance(document, dict):
        raise SerializationException("The request body must be a JSON object.")
    return document


def _check_extent(level: Sequence[Any]) -> None:
    count = len(level)
    for _ in range(_DEEPEST - 1):
        # The sizes first: no list is made of what is too much.
        count += sum(len(value) for value in level if isinstance(value, dict | list))
        if count > MOST_VALUES:
            raise ValidationException(
                f"The request has more than {MOST_VALUES} values; give long lists by a file that the job reads."
            )
        level = [item for value in level for item in _items(value)]
    if level:
        raise SerializationException(f"The request body is nested deeper than {_DEEPEST} levels.")


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")  # Python's parser would accept NaN and Infinity


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _from_query(shape: Shape, found: list[str], name: str) -> Any:
    if isinstance(shape, ListShape):
        return [_from_text(shape.member, text, name) for text in found]
    return _from_text(shape, found[-1], name)


def _from_text(shape: Shape, text: str, name: str) -> Any:
    if shape.type_name == "integer":
        if not _INTEGER.fullmatch(text):
            raise SerializationException(f"{text[:80]!r} at {name!r} is not an integer.")
        return _in_range(int(text), name)
    if shape.type_name == "boolean":
        if text not in ("true", "false"):
            raise SerializationException(f"{text[:80]!r} at {name!r} is neither 'true' nor 'false'.")
        return text == "true"
    if shape.type_name == "timestamp":
        return _timestamp(text, name)
    return _checked(text, name)


def _from_json(shape: Shape, value: Any, name: str) -> Any:
    wanted = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}
    expected = wanted.get(shape.type_name)
    # In Python a boolean is an integer; in JSON it is not.
    if expected is not None and (not isinstance(value, expected) or (expected is int and isinstance(value, bool))):
        raise SerializationException(f"The value at {name!r} must be of the type {shape.type_name}.")
    if isinstance(shape, StructureShape):
        return {
            key: _from_json(member, value[key], f"{name}.{key}")
            for key, member in shape.members.items()
            if value.get(key) is not None
        }
    if isinstance(shape, ListShape):
        return [_from_json(shape.member, item, f"{name}.{index + 1}.member") for index, item in enumerate(value)]
    if isinstance(shape, MapShape):
        return {
            _checked(key, f"{name}.key"): _from_json(shape.value, item, f"{name}.{key}") for key, item in value.items()
        }
    if shape.type_name == "timestamp":
        return _timestamp(value, name)
    if shape.type_name == "integer":
        return _in_range(value, name)
    return _checked(value, name) if isinstance(value, str) else value


def _in_range(value: int, name: str) -> int:
    # The model's integers have Java's 32 bits, and so have the database's.
    if not -(2**31) <= value < 2**31:
        raise SerializationException(f"The value at {name!r} is not an integer of 32 bits.")
    return value


def _checked(text: str, name: str) -> str:
    # Neither a database nor a program's argument can hold such characters.
    if _UNSTORABLE.search(text):
        raise SerializationException(f"The value at {name!r} contains a NUL character or half a surrogate pair.")
    return text


def _timestamp(value: Any, name: str) -> datetime:
    try:
        moment: datetime = parse_to_aware_datetime(value)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, RuntimeError) as error:  # RuntimeError: a year out of range
        raise SerializationException(f"{value!r} at {name!r} is not a timestamp.") from error
