"""The argument `tables`: the names of many tables, or a pattern. Pure."""

import json
from dataclasses import dataclass

from longshore_spark.command_line.grammars import Grammar
from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.many_tables import target_of, targets_of


@dataclass(frozen=True)
class TablePattern:
    """The tables of a schema whose names match a glob."""

    text: str
    """The pattern as the user wrote it."""
    schema: str
    glob: str
    """`*` is any text and `?` any character; case counts."""


Tables = tuple[str, ...] | TablePattern


def parse_tables(text: str, target: str, grammar: Grammar) -> Tables:
    """Returns the tables that the argument names.

    Args:
        text: a JSON list of names, or a pattern.
        target: the target, with `{table}` for the name of each.
        grammar: the rules of the tables' database.

    Raises:
        ArgumentError: it is neither, or the target does not fit; naming the table.
    """
    try:
        if text.startswith("["):
            tables = _names(text)
            targets_of(tables, target, grammar.name_parts)
            return tables
        target_of(target, "x")
        return TablePattern(text, *grammar.pattern_parts(text))
    except ValueError as error:
        raise ArgumentError(f"The tables {text[:80]!r} cannot be transferred to {target!r}: {error}.") from None


def _names(text: str) -> tuple[str, ...]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not found or not all(isinstance(name, str) for name in found):
        raise ValueError('it must be a JSON list of names, such as ["planes", "airports"]')
    return tuple(found)
