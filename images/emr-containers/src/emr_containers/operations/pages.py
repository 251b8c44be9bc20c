"""Lists in pages: newest first, with a token that says after which row the next page begins."""

import base64
import json
import re
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import Session

from emr_containers.database import Resource
from emr_containers.exceptions import ValidationException

Row = TypeVar("Row", bound=Resource)
_ID = re.compile("[0-9a-z]+")
LARGEST = 100
"""Rows a page without `maxResults`, and at most."""


def page(
    session: Session, query: Select[Row], table: type[Row], values: dict[str, Any]
) -> tuple[list[Row], str | None]:
    """One page of `query` by the members `maxResults`, `nextToken`, `createdAfter` and `createdBefore`.

    Returns:
        The rows, and the token of the next page, or None where there is none.

    Raises:
        ValidationException: `maxResults` is not 1 to 100, or the token is none of ours.
    """
    size = values.get("maxResults", LARGEST)
    if not 1 <= size <= LARGEST:
        raise ValidationException(f"maxResults is {size}; it must be from 1 to {LARGEST}.")
    if isinstance(after := values.get("createdAfter"), datetime):
        query = query.where(table.created_at >= after.timestamp())
    if isinstance(before := values.get("createdBefore"), datetime):
        query = query.where(table.created_at <= before.timestamp())
    if "nextToken" in values:
        query = query.where(tuple_(table.created_at, table.id) < _place(values["nextToken"]))
    rows = list(session.scalars(query.order_by(table.created_at.desc(), table.id.desc()).limit(size + 1)))
    more = len(rows) > size
    return rows[:size], _token(rows[size - 1]) if more else None


def _token(row: Resource) -> str:
    return base64.urlsafe_b64encode(json.dumps([row.created_at, row.id]).encode()).decode()


def _place(token: str) -> tuple[float, str]:
    try:
        created_at, identifier = json.loads(base64.urlsafe_b64decode(token.encode()))
        if not (isinstance(created_at, float) and isinstance(identifier, str) and _ID.fullmatch(identifier)):
            raise ValueError(token)
        return created_at, identifier
    except (ValueError, TypeError, RecursionError) as error:
        raise ValidationException("nextToken is not one that this operation gave; start again without it.") from error
