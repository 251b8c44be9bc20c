"""Checksums that show whether two tables hold the same rows, no matter which client read them."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


def checksum(rows: Iterable[tuple[Any, ...]]) -> str:
    """A checksum over all rows whatever their order; doubles count."""
    lines = sorted("\x1f".join(_plain(value) for value in row) for row in rows)
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return str(value.normalize())
    return repr(value)
