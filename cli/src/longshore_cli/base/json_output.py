"""Lists of a command as JSON, for programs that read them. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def json_text(objects: Iterable[Mapping[str, Any]]) -> str:
    """Returns the objects as a JSON array; times are in ISO 8601, with their zone."""
    return json.dumps([dict(each) for each in objects], indent=2, default=_plain)


def object_text(found: Mapping[str, Any]) -> str:
    """Returns one object as JSON; times are in ISO 8601, with their zone."""
    return json.dumps(dict(found), indent=2, ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"A {type(value).__name__} has no form in JSON.")
