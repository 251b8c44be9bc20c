"""The argument `source`: a table's name, a query in parentheses, or the address of an object with either. Pure.

The signs `(…)` and `@…` are read here, and nowhere else.
"""

from dataclasses import dataclass

from longshore_spark.command_line.grammars import Grammar
from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.sql_text import one_statement

_STORED = "@"
"""Begins the URI of an object that holds the source's text, where that is too long for an argument."""


@dataclass(frozen=True)
class Table:
    """A whole table."""

    name: str
    """The name as the user wrote it; see `table_names`."""


@dataclass(frozen=True)
class Query:
    """A statement that returns rows."""

    sql: str
    """The statement alone, without parentheses around it and anything after it."""


@dataclass(frozen=True)
class StoredText:
    """An object that holds a table's name, or a query in parentheses."""

    uri: str


Source = Table | Query | StoredText


def parse_source(text: str, grammar: Grammar) -> Source:
    """Returns the source that the argument names.

    Args:
        grammar: the rules of the place that the source is in.

    Raises:
        ArgumentError: it is none of the three.
    """
    return StoredText(text[len(_STORED) :]) if text.startswith(_STORED) else parse_text(text, grammar)


def parse_text(text: str, grammar: Grammar) -> Table | Query:
    """Returns the source that a text names, which was given or read from its object.

    Raises:
        ArgumentError: it is neither a table's name nor one SELECT in parentheses.
    """
    text = text.strip().removeprefix("\ufeff").strip()
    if text.startswith("(") and text.endswith(")"):
        try:
            return Query(one_statement(text[1:-1], grammar.sql))
        except ValueError as error:
            raise ArgumentError(f"The source's query {error}.") from None
    try:
        grammar.name_parts(text)
    except ValueError as error:
        raise ArgumentError(
            f"The source {text[:80]!r} is neither a table's name nor a query in parentheses: {error}."
        ) from None
    return Table(text)
