"""Pages of a list, newest first, with a token that names the row after which the next page begins.

A token belongs to one list: it contains a digest of the filters and of the row. A token of another list, or one that
was changed, is thus recognized. It is not a secret and gives access to nothing.

A page is bounded in bytes as well as in rows: its rows are read only after their sizes are known.
"""

import base64
import hashlib
import json
import struct
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, Select, Text, cast, func, inspect, literal, select, tuple_
from sqlalchemy.orm import Session

from emr_containers.exceptions import ValidationException
from emr_containers.store.tables import Resource

Row = TypeVar("Row", bound=Resource)
LARGEST = 100
"""The number of rows on a page without `maxResults`, and the largest `maxResults`."""
LARGEST_BYTES = 1024 * 1024
"""The bytes of JSON that the rows of a page hold; a larger row has a page of its own."""
_DIGEST_BYTES = 12
_TIME = struct.Struct(">d")


def page(
    session: Session, query: Select[Row], table: type[Row], values: dict[str, Any]
) -> tuple[list[Row], str | None]:
    """Returns one page of `query`, by the members `maxResults`, `nextToken`, `createdAfter` and `createdBefore`.

    A page ends early where its rows hold `LARGEST_BYTES`.

    Returns:
        The rows, and the token of the next page; None if this is the last page.

    Raises:
        ValidationException: `maxResults` is not from 1 to 100, or the token does not belong to this list.
    """
    most = _size(values)
    asked = _asked(table, values)
    after = _place(values["nextToken"], asked) if "nextToken" in values else None
    places = listed(query, table, values, after=after).with_only_columns(table.created_at, table.id, _bytes(table))
    found = [(created, identifier, size) for created, identifier, size in session.execute(places.limit(most + 1))]
    taken = min(most, _fitting(size for _created, _id, size in found))
    order = {identifier: number for number, (_created, identifier, _size) in enumerate(found[:taken])}
    # A row that was deleted in between is missing on the page, as it would be in the next list.
    rows = sorted(session.scalars(select(table).where(table.id.in_(list(order)))), key=lambda row: order[row.id])
    if taken == len(found):
        return rows, None
    created, identifier, _size_of_last = found[taken - 1]
    return rows, _token(created, identifier, asked)


def _bytes(table: type[Resource]) -> ColumnElement[int]:
    """Returns the expression for the bytes of a row's JSON.

    SQLAlchemy writes JSON in ASCII, so they are its characters.
    """
    held: ColumnElement[int] = literal(0)
    for column in inspect(table).columns:
        if isinstance(column.type, JSON):
            held = held + func.coalesce(func.length(cast(column, Text)), 0)
    return held


def _fitting(sizes: Iterable[int]) -> int:
    """Returns how many of the first rows, whose sizes these are, are a page: at least one, where there is one."""
    held = fitting = 0
    for size in sizes:
        held += size
        if fitting and held > LARGEST_BYTES:
            break
        fitting += 1
    return fitting


def listed(
    query: Select[Row], table: type[Row], values: dict[str, Any], *, after: tuple[float, str] | None
) -> Select[Row]:
    """Returns `query` by the members `createdAfter` and `createdBefore`, the newest rows first.

    Args:
        after: time and ID of the last row of the page before; None for the first page.
    """
    if isinstance(earliest := values.get("createdAfter"), datetime):
        query = query.where(table.created_at >= earliest.timestamp())
    if isinstance(latest := values.get("createdBefore"), datetime):
        query = query.where(table.created_at <= latest.timestamp())
    if after is not None:
        query = query.where(tuple_(table.created_at, table.id) < after)
    return query.order_by(table.created_at.desc(), table.id.desc())


def check_empty_list(values: dict[str, Any]) -> None:
    """Checks the members of a list that is always empty.

    Raises:
        ValidationException: `maxResults` is not from 1 to 100, or the request has a token: no page gave one.
    """
    _size(values)
    if "nextToken" in values:
        raise _unknown_token()


def _size(values: dict[str, Any]) -> int:
    size: int = values.get("maxResults", LARGEST)
    if not 1 <= size <= LARGEST:
        raise ValidationException(f"maxResults is {size}; it must be from 1 to {LARGEST}.")
    return size


def _asked(table: type[Resource], values: dict[str, Any]) -> bytes:
    filters = {key: value for key, value in values.items() if key not in ("nextToken", "maxResults")}
    return json.dumps([table.__name__, filters], sort_keys=True, default=str).encode()


def _token(created: float, identifier: str, asked: bytes) -> str:
    place = _TIME.pack(created) + identifier.encode()
    return base64.urlsafe_b64encode(_digest(place, asked) + place).decode()


def _place(token: str, asked: bytes) -> tuple[float, str]:
    try:
        content = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _unknown_token() from error
    place = content[_DIGEST_BYTES:]
    if content[:_DIGEST_BYTES] != _digest(place, asked):
        raise _unknown_token()
    return _TIME.unpack_from(place)[0], place[_TIME.size :].decode()


def _digest(place: bytes, asked: bytes) -> bytes:
    return hashlib.sha256(place + asked).digest()[:_DIGEST_BYTES]


def _unknown_token() -> ValidationException:
    return ValidationException(
        "nextToken was not returned by this operation for these filters; start again without it."
    )
