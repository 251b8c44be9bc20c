"""Lists in pages: newest first, with a token that says after which row the next page begins.

A token is of one list: it holds a digest of what was asked for and of its place, so that another list's, or one that
was changed, is told from one that this list gave. It is no secret, and gives access to nothing.
"""

import base64
import hashlib
import json
import struct
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from emr_containers.database import Resource
from emr_containers.exceptions import ValidationException

Row = TypeVar("Row", bound=Resource)
LARGEST = 100
"""Rows a page without `maxResults`, and at most."""
_DIGEST_BYTES = 12
_TIME = struct.Struct(">d")


def page(
    session: Session, query: Select[Row], table: type[Row], values: dict[str, Any]
) -> tuple[list[Row], str | None]:
    """One page of `query` by the members `maxResults`, `nextToken`, `createdAfter` and `createdBefore`.

    Returns:
        The rows, and the token of the next page, or None where there is none.

    Raises:
        ValidationException: `maxResults` is not 1 to 100, or the token is not of this list.
    """
    size = _size(values)
    asked = _asked(table, values)
    if isinstance(after := values.get("createdAfter"), datetime):
        query = query.where(table.created_at >= after.timestamp())
    if isinstance(before := values.get("createdBefore"), datetime):
        query = query.where(table.created_at <= before.timestamp())
    if "nextToken" in values:
        query = query.where(tuple_(table.created_at, table.id) < _place(values["nextToken"], asked))
    rows = list(session.scalars(query.order_by(table.created_at.desc(), table.id.desc()).limit(size + 1)))
    more = len(rows) > size
    return rows[:size], _token(rows[size - 1], asked) if more else None


def no_token(values: dict[str, Any]) -> None:
    """Checks the members of a list that is always empty.

    Raises:
        ValidationException: `maxResults` is not 1 to 100, or there is a token: no page had one.
    """
    _size(values)
    if "nextToken" in values:
        raise _not_ours()


def _size(values: dict[str, Any]) -> int:
    size: int = values.get("maxResults", LARGEST)
    if not 1 <= size <= LARGEST:
        raise ValidationException(f"maxResults is {size}; it must be from 1 to {LARGEST}.")
    return size


def _asked(table: type[Resource], values: dict[str, Any]) -> bytes:
    filters = {key: value for key, value in values.items() if key not in ("nextToken", "maxResults")}
    return json.dumps([table.__name__, filters], sort_keys=True, default=str).encode()


def _token(row: Resource, asked: bytes) -> str:
    place = _TIME.pack(row.created_at) + row.id.encode()
    return base64.urlsafe_b64encode(_digest(place, asked) + place).decode()


def _place(token: str, asked: bytes) -> tuple[float, str]:
    try:
        content = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _not_ours() from error
    place = content[_DIGEST_BYTES:]
    if content[:_DIGEST_BYTES] != _digest(place, asked):
        raise _not_ours()
    return _TIME.unpack_from(place)[0], place[_TIME.size :].decode()


def _digest(place: bytes, asked: bytes) -> bytes:
    return hashlib.sha256(place + asked).digest()[:_DIGEST_BYTES]


def _not_ours() -> ValidationException:
    return ValidationException(
        "nextToken is not one that this operation gave for these filters; start again without it."
    )
