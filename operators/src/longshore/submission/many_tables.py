"""Template parameters of a transfer of many tables. Pure.

The job finds the tables of a pattern; the names in a list are known here.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.grammar.many_tables import target_of, targets_of
from longshore.submission.artifacts import VALUE_LENGTH
from longshore.submission.databases import database_parts, database_pattern

NOT_GIVEN = "-"
"""The parameter of the template that stands for none."""
_FORM = (
    "give a list of names, or a pattern such as 'public.air*' (where a template makes the list, the DAG needs "
    "render_template_as_native_obj=True)"
)
_TARGET = "give a table of the lake with a place for each name, 'lake.<namespace>.{table}'"


def tables_parameter(tables: str | Sequence[str], target: str, **of_one_table: Any) -> str:
    """Returns the parameter `tables`: a JSON list, or a pattern.

    Args:
        target: the target, with `{table}` for the name of each.
        of_one_table: the arguments that cannot be used for many tables, by name.

    Raises:
        InvalidArgumentError: one of these is given, or a name, the pattern or the target is wrong.
    """
    for argument, value in of_one_table.items():
        if value:
            raise InvalidArgumentError(
                f"{argument} is given with tables, and is about one table: give that table a task of its own."
            )
    if isinstance(tables, str):
        _check("tables", tables, partial(database_pattern, tables), _FORM)
        _check("target", target, partial(target_of, str(target), "x"), _TARGET)
        return tables
    names = names_in(tables)
    if not names or len(names) != len(tables):
        raise InvalidArgumentError(f"tables is {tables!r}: {_FORM}.")
    for name in names:
        _check("a name in tables", name, partial(database_parts, name), "give a table's name")
    _check("target", target, partial(targets_of, names, str(target), database_parts), _TARGET)
    text = json.dumps(names, ensure_ascii=False)
    if len(text) > VALUE_LENGTH:
        raise InvalidArgumentError(
            f"tables have {len(text)} characters as JSON, and a template parameter takes {VALUE_LENGTH}: give a "
            "pattern, or share the tables among several tasks."
        )
    return text


def names_in(tables: object) -> list[str]:
    """Returns the names in the argument `tables`; none where it is a pattern, a template, or wrong."""
    return [name for name in tables if isinstance(name, str)] if isinstance(tables, list | tuple) else []


def _check(argument: str, value: object, read: Callable[[], object], form: str) -> None:
    try:
        read()
    except ValueError as error:
        raise InvalidArgumentError(f"{argument} is {value!r}: {form}; {error}.") from None
