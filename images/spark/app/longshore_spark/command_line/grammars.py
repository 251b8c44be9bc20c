"""Grammars of names and statements: one for the lake, and one for each kind of database. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from longshore_spark.grammar.sql_text import SqlDialect
from longshore_spark.grammar.table_names import lake_parts, lake_target


@dataclass(frozen=True)
class Grammar:
    """The rules of one place. Its functions raise ValueError with the reason, in words that follow the text's name."""

    sql: SqlDialect
    """The name of its SQL, as sqlglot has it."""
    name_parts: Callable[[str], list[str]]
    """Returns the parts of a table's or schema's name, as the place knows them."""
    target_parts: Callable[[str], tuple[str, str]]
    """Returns schema (or namespace) and table of a target's name."""
    pattern_parts: Callable[[str], tuple[str, str]]
    """Returns schema and glob of a pattern of tables."""


def _no_pattern(_: str) -> tuple[str, str]:
    raise ValueError("tables are found by a pattern in databases only")


LAKE = Grammar("spark", lake_parts, lake_target, _no_pattern)
