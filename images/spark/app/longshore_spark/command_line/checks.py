"""The argument `checks`: what must hold of the written rows before readers can see them. Pure."""

import json
from functools import partial

from longshore_spark.exceptions import ArgumentError
from longshore_spark.grammar.check_grammar import Check, checks_of
from longshore_spark.grammar.sql_text import SqlDialect, one_statement


def parse_checks(text: str | None, dialect: SqlDialect) -> tuple[Check, ...]:
    """Returns the checks in an argument.

    Args:
        text: a JSON list in the form of `check_grammar`; None: none.
        dialect: the SQL of the place where rows are staged, the lake or a database.

    Raises:
        ArgumentError: it has not this form; naming the check.
    """
    if text is None:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    try:
        return checks_of(found, partial(one_statement, dialect=dialect))
    except ValueError as error:
        raise ArgumentError(f"The checks {text[:200]!r} are wrong: {error}.") from None
