"""The databases of transfers, as far as operators check what users write for them. Pure.

Airflow does not know a job's connections, so operators do not know which database a text is for. They send what one of
the databases takes. The application, which reads the connection, checks the text again by that database's own rules: a
test compares this list with its dialects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from longshore.grammar.many_tables import pattern_parts
from longshore.grammar.sql_text import SqlDialect, one_statement
from longshore.grammar.table_names import DatabaseNames

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Database:
    """The grammar of one kind of database."""

    sql: SqlDialect
    """The name of its SQL, as sqlglot has it."""
    names: DatabaseNames


DATABASES: tuple[Database, ...] = (
    Database("postgres", DatabaseNames(folds=True, longest=63, unit="bytes", too_long="which PostgreSQL would cut")),
)
"""The kinds of databases that a job's connection may be of. If none of them takes a text, the first one's reason is
shown."""


def database_statement(text: str, databases: Sequence[Database] | None = None) -> str:
    """Returns the one statement in a text of SQL; the whole text if the databases do not agree where it ends.

    To MySQL, for example, `SELECT 5--1` holds no comment.

    Args:
        databases: None means all that transfers know.

    Raises:
        ValueError: no database takes it; the reason goes after the text's name (see `one_statement`).
    """
    known = databases or DATABASES
    found = _read(lambda each: one_statement(text, each.sql), known)
    return found[0] if len(found) == len(known) and len(set(found)) == 1 else text


def database_parts(text: str, databases: Sequence[Database] | None = None) -> list[str]:
    """Returns the parts of a table's or schema's name.

    Raises:
        ValueError: no database can have it; with the reason.
    """
    return _read(lambda each: each.names.parts(text), databases or DATABASES)[0]


def database_target(text: str, databases: Sequence[Database] | None = None) -> tuple[str, str]:
    """Returns schema and table of `<schema>.<table>`. Raises as `database_parts`."""
    return _read(lambda each: each.names.target(text), databases or DATABASES)[0]


def database_pattern(text: str, databases: Sequence[Database] | None = None) -> tuple[str, str]:
    """Returns schema and glob of a pattern of tables. Raises as `database_parts`."""
    return _read(lambda each: pattern_parts(text, each.names), databases or DATABASES)[0]


def _read(read: Callable[[Database], _Read], databases: Sequence[Database]) -> list[_Read]:
    found, errors = [], []
    for each in databases:
        try:
            found.append(read(each))
        except ValueError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found
