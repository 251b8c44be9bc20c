"""Checks of staged rows, as users write them: a list of mappings with one kind of check each. Pure.

    [{"not_null": ["a", "b"]}, {"unique": ["a", "b"]}, {"row_count": {"min": 1}}, {"row_count": "source"},
     {"between": {"column": "x", "min": 0, "max": 1}}, {"fresh": {"column": "at", "within_hours": 24}},
     {"sql": "SELECT … FROM rows WHERE …"}]

The operators check them before a job starts, and the application checks what reaches it in other ways. Neither can
import the other, so both packages hold this file; a test keeps the copies equal.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("not_null", "unique", "row_count", "between", "fresh", "sql")
MOST_HOURS = 876_000
"""A hundred years: a longer time is a mistake, and may lie before the first year."""


@dataclass(frozen=True)
class NotNull:
    """No column is NULL in any row."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class Unique:
    """No two rows have the same values in the columns; NULLs are equal to each other."""

    columns: tuple[str, ...]


@dataclass(frozen=True)
class RowCount:
    """The number of rows is within bounds, or is the source's."""

    min: int | None = None
    max: int | None = None
    as_source: bool = False
    """True if the number must equal that of the rows read from the source."""


@dataclass(frozen=True)
class Between:
    """All values are in a range, its ends included; NULLs are ignored."""

    column: str
    min: int | float | str | None
    """A number, or the text of a value, such as a date in ISO 8601. None: without this end."""
    max: int | float | str | None


@dataclass(frozen=True)
class Fresh:
    """The newest value is young enough; the check fails without a value."""

    column: str
    within_hours: int | float


@dataclass(frozen=True)
class SqlCheck:
    """A statement that must return no row; the table `rows` in it is what was staged."""

    sql: str


Check = NotNull | Unique | RowCount | Between | Fresh | SqlCheck


def checks_of(given: object, statement: Callable[[str], str]) -> tuple[Check, ...]:
    """Returns the checks that a user wrote.

    Args:
        given: the list of mappings, from JSON or a DAG.
        statement: the one statement in a text of SQL; raises ValueError with words that go after the text's name.

    Raises:
        ValueError: naming the check that is not of its form, and the form.
    """
    if not isinstance(given, list | tuple) or not all(isinstance(one, Mapping) for one in given):
        raise ValueError('checks must be a list of mappings, such as [{"not_null": ["id"]}]')
    return tuple(_check(f"checks[{index}]", one, statement) for index, one in enumerate(given))


def _check(name: str, given: Mapping[str, Any], statement: Callable[[str], str]) -> Check:
    if len(given) != 1 or next(iter(given)) not in KINDS:
        raise ValueError(f"{name} has {_named(given)}; a check has exactly one of {', '.join(KINDS)}")
    ((kind, value),) = given.items()
    name = f"{name}[{kind!r}]"
    if kind == "not_null":
        return NotNull(_columns(name, value))
    if kind == "unique":
        return Unique(_columns(name, value))
    if kind == "row_count":
        return _row_count(name, value)
    if kind == "between":
        return _between(name, value)
    if kind == "fresh":
        return _fresh(name, value)
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; it must be the text of a SELECT statement")
    try:
        return SqlCheck(statement(value))
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _columns(name: str, value: Any) -> tuple[str, ...]:
    good = isinstance(value, list | tuple) and value and all(isinstance(column, str) and column for column in value)
    if not good or len(set(value)) < len(value):
        raise ValueError(f'{name} is {value!r}; it must be a list of different columns, such as ["a", "b"]')
    return tuple(value)


def _row_count(name: str, value: Any) -> RowCount:
    form = f'{name} is {value!r}; it must be "source", or a mapping such as {{"min": 1, "max": 10}} of whole numbers'
    if value == "source":
        return RowCount(as_source=True)
    if not isinstance(value, Mapping) or not value or not value.keys() <= {"min", "max"}:
        raise ValueError(form)
    if not all(isinstance(bound, int) and not isinstance(bound, bool) and bound >= 0 for bound in value.values()):
        raise ValueError(f"{form} from 0")
    _in_order(name, value)
    return RowCount(**value)


def _between(name: str, value: Any) -> Between:
    good = isinstance(value, Mapping) and {"column"} < value.keys() <= {"column", "min", "max"}
    if not good or not _is_name(value["column"]):
        raise ValueError(
            f'{name} is {value!r}; it must be a mapping such as {{"column": "x", "min": 0, "max": 1}}, with one of min '
            "and max, or both"
        )
    bounds = {end: value[end] for end in ("min", "max") if end in value}
    for end, bound in bounds.items():
        if not _is_number(bound) and not (isinstance(bound, str) and bound):
            raise ValueError(
                f"{name}[{end!r}] is {bound!r}; it must be a number, or a text such as a date ('2024-01-31')"
            )
    if len({isinstance(bound, str) for bound in bounds.values()}) > 1:
        raise ValueError(f"{name} has a number and a text; its min and max must be of one kind")
    if not any(isinstance(bound, str) for bound in bounds.values()):
        _in_order(name, bounds)
    return Between(value["column"], bounds.get("min"), bounds.get("max"))


def _fresh(name: str, value: Any) -> Fresh:
    good = isinstance(value, Mapping) and value.keys() == {"column", "within_hours"} and _is_name(value["column"])
    if not good:
        raise ValueError(
            f'{name} is {value!r}; it must be a mapping such as {{"column": "updated_at", "within_hours": 24}}'
        )
    hours = value["within_hours"]
    if not _is_number(hours) or not 0 < hours <= MOST_HOURS:
        raise ValueError(f"{name}['within_hours'] is {hours!r}; it must be a number above 0, at most {MOST_HOURS}")
    return Fresh(value["column"], hours)


def _in_order(name: str, bounds: Mapping[str, Any]) -> None:
    if "min" in bounds and "max" in bounds and bounds["min"] > bounds["max"]:
        raise ValueError(f"{name} has the min {bounds['min']} above its max {bounds['max']}; exchange them")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _named(given: Mapping[str, Any]) -> str:
    return ", ".join(map(repr, given)) or "nothing"
