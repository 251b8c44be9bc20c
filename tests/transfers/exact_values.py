"""Which types hold which values exactly, in the lake and in PostgreSQL; as lists of pairs, for `oracle`."""

import re
import struct
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

_WIDE = Context(prec=200)
_SAME = {
    "int": "integer",
    "long": "bigint",
    "float": "real",
    "double": "double precision",
    "string": "text",
    "date": "date",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "boolean": "boolean",
    "binary": "bytea",
}
"""Iceberg's types, and PostgreSQL's for the same values; beside decimals and lists."""
_BACK = {theirs: ours for ours, theirs in _SAME.items()} | {"smallint": "short", "numeric": "any decimal"}
_HELD = {
    ("long", "int"),
    ("long", "short"),
    ("int", "short"),
    ("double", "float"),
    ("double", "int"),
    ("uuid", "string"),
}
"""A column of the first type takes every value of the second."""
_WIDENED = {
    ("short", "int"): "int",
    ("short", "long"): "long",
    ("int", "long"): "long",
    ("float", "double"): "double",
    ("float", "int"): "double",
}
"""The type that a column of the first type must get for values of the second."""
_DIGITS = {"int": 10, "long": 19}

UUIDS = ["6d0fa0b5-4a1c-4a6b-9d7e-0123456789ab", "00000000-0000-0000-0000-000000000000"]
TAKEN: dict[str, dict[str, str]] = {
    "uuid": {text: one for one in UUIDS for text in (one, one.upper())},
    "jsonb": {
        "{}": "{}",
        "1": "1",
        "null": "null",
        '"x"': '"x"',
        "12": "12",
        '{"b":1, "a":[null,1.50]}': '{"a": [null, 1.50], "b": 1}',
        '{"a": [null, 1.50], "b": 1}': '{"a": [null, 1.50], "b": 1}',
    },
    "mood": {"ok": "ok", "ünï": "ünï"},
    "time without time zone": {"12:00:00": "12:00:00", "23:59:59.5": "23:59:59.5"},
}
"""The texts that become values of other types, and what their text is then; any other is refused."""
_TEXTUAL = re.compile(r"text|character.*|" + "|".join(TAKEN))


def fitting(place: str, column: str | None, source: str) -> tuple[bool, str | None]:
    """Returns True if a column holds (or may hold, see `taken`) values of a source's type, and the type that does.

    Args:
        column: the target's type; None: there is no such column yet.
        source: the source's type, as Iceberg writes it.

    Returns:
        False and None where there is none to which the column may be widened.
    """
    if place == "lake":
        return (False, source) if column is None else _fitting(column, source)
    if column is None:
        return False, _theirs(source)
    if column.endswith("[]") and (inside := _element(source)):
        held, wider = fitting(place, column[:-2], inside)
        return held, f"{wider}[]" if wider else None
    if source == "string":
        return _TEXTUAL.fullmatch(column) is not None, None
    if source in ("timestamp", "timestamptz"):
        return re.sub(r"\(\d\)", "", column) == _SAME[source], None
    if column == "numeric":
        return source in _DIGITS or source.startswith("decimal"), None
    held, wider = _fitting(_ours(column), source)
    return held, _theirs(wider) if wider else None


def taken(column: str, value: Any) -> tuple[bool, Any]:
    """Returns True if a column takes a value of a type that may fit, and the value that it then has."""
    if value is None:
        return True, None
    if isinstance(value, list):
        taken_ones = [taken(_element(column) or column[:-2], one) for one in value]
        return all(fits for fits, _ in taken_ones), [one for _, one in taken_ones]
    if column in TAKEN:
        return value in TAKEN[column], TAKEN[column].get(value)
    if found := re.fullmatch(r"character( varying)?\((\d+)\)", column):
        return len(value) <= int(found[2]) and not (found[1] is None and value.endswith(" ")), value
    if column.startswith("timestamp("):
        return value.microsecond % 1000 == 0, value
    return True, value


def shown(kind: str, value: Any) -> Any:
    """A value of a column as a text that is the same for the same values; of an array a list of them."""
    if value is None:
        return None
    if isinstance(value, list):
        return [shown(_element(kind) or kind[:-2], one) for one in value]
    if kind.startswith(("decimal", "numeric")):
        return f"{_WIDE.normalize(Decimal(value)):f}"
    if kind in ("float", "real"):
        return repr(struct.unpack("f", struct.pack("f", value))[0])
    if kind in ("double", "double precision"):
        return repr(float(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ")
    return value.hex() if isinstance(value, bytes) else str(value)


def parsed(kind: str, text: Any) -> Any:
    """A value from PostgreSQL's text; of an array from the list of its elements' texts."""
    if text is None:
        return None
    if isinstance(text, list):
        return [parsed(kind[:-2], one) for one in text]
    if kind in ("smallint", "integer", "bigint"):
        return int(text)
    if kind in ("real", "double precision"):
        return float(text)
    if kind.startswith("numeric"):
        return Decimal(text)
    if kind == "boolean":
        return text == "true"
    if kind == "bytea":
        return bytes.fromhex(text[2:])
    if kind == "date":
        return date.fromisoformat(text)
    if kind.startswith("timestamp"):
        value = datetime.fromisoformat(text.removesuffix("+00"))
        return value.replace(tzinfo=UTC) if "with time" in kind else value
    return text


def _fitting(column: str, source: str) -> tuple[bool, str | None]:
    if column == source or (column, source) in _HELD:
        return True, None
    if (column, source) in _WIDENED:
        return False, _WIDENED[column, source]
    if (inside := _element(column)) and (given := _element(source)):
        held, wider = _fitting(inside, given)
        return held, f"list<{wider}>" if wider else None
    if not column.startswith("decimal") or (needed := _decimal(source)) is None:
        return False, None
    digits, scale = _decimal(column) or (0, 0)
    if scale < needed[1]:
        return False, None
    more = scale + max(digits - scale, needed[0] - needed[1])
    return more == digits, f"decimal({more}, {scale})" if digits < more <= 38 else None


def _decimal(kind: str) -> tuple[int, int] | None:
    if kind in _DIGITS:
        return _DIGITS[kind], 0
    found = re.fullmatch(r"decimal\((\d+), (\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else None


def _element(kind: str) -> str | None:
    return kind[5:-1] if kind.startswith("list<") else None


def _theirs(kind: str) -> str:
    if inside := _element(kind):
        return f"{_theirs(inside)}[]"
    return _SAME.get(kind) or kind.replace("decimal", "numeric").replace(", ", ",")


def _ours(kind: str) -> str:
    return _BACK.get(kind) or re.sub(r"numeric\((\d+),(\d+)\)", r"decimal(\1, \2)", kind)
