"""Types and losses that a user declares for columns. Pure.

For example `{"rate": "decimal(38,20), rounded", "until": "date, infinity as null"}`. Nothing else loses anything.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from longshore_spark.exceptions import ArgumentError

DECIMAL = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")
LOSSES = ("infinity as null", "nan as null", "out of range as null", "rounded")
"""The losses that a user may declare."""
_TYPES = ("text", "date", "timestamp", "timestamptz", "double", "microseconds")


@dataclass(frozen=True)
class ColumnOption:
    """The declaration for one column."""

    type: str | None
    """`text`, `decimal(38,20)` …; None: as without an option."""
    losses: frozenset[str]
    """Some of LOSSES."""
    text: str
    """The option as the user wrote it."""

    @property
    def digits(self) -> tuple[int, int] | None:
        """Precision and scale, where a decimal is asked for."""
        found = DECIMAL.fullmatch(self.type or "")
        return (int(found[1]), int(found[2])) if found else None


NO_OPTION = ColumnOption(None, frozenset(), "")


def parse_column_options(text: str | None) -> dict[str, ColumnOption]:
    """Returns the options by column.

    Args:
        text: a JSON object of texts; None: none.

    Raises:
        ArgumentError: it is no such object, or one of them is not known.
    """
    if text is None:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ArgumentError(f'The columns must be a JSON object such as {{"rate": "decimal(38,20)"}}, not {text!r}.')
    return {column: parse_column_option(column, option) for column, option in found.items()}


def parse_column_option(column: str, text: str) -> ColumnOption:
    """Parses one option: a type, losses, or both, with commas between.

    Raises:
        ArgumentError: naming the column.
    """
    words = [" ".join(word.split()).lower() for word in re.split(r",(?![^(]*\))", text)]
    words = [re.sub(r"\s+", "", word) if word.startswith("decimal") else word for word in words]
    losses = [word for word in words if word in LOSSES]
    types = [word for word in words if word not in LOSSES]
    if len(types) > 1 or (types and types[0] not in _TYPES and not _is_decimal(types[0])):
        raise ArgumentError(
            f"The column {column!r} cannot be {text!r}: it may have one type ({', '.join(_TYPES)}, or decimal(p,s) "
            f"with s ≤ p ≤ 38), and after commas what may be lost ({', '.join(LOSSES)})."
        )
    return ColumnOption(types[0] if types else None, frozenset(losses), text)


def check_known(options: Mapping[str, ColumnOption], columns: Iterable[str]) -> None:
    """Checks that every option is for an existing column.

    Raises:
        ArgumentError: naming those that are not.
    """
    there = list(columns)
    if missing := [column for column in options if column not in there]:
        raise ArgumentError(
            f"The columns {', '.join(map(repr, missing))} are not in the source; it has {', '.join(there)}."
        )


def _is_decimal(word: str) -> bool:
    found = DECIMAL.fullmatch(word)
    return found is not None and 0 <= int(found[2]) <= int(found[1]) <= 38 and int(found[1]) > 0
