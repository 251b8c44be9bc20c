"""SQL as users write it, and the one statement in it. Pure.

The operators check SQL before a job starts, and the application checks what reaches it in other ways. Neither can
import the other, so both packages hold this file; a test keeps the copies equal.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

SqlDialect = str
"""The name of a kind of SQL, as sqlglot has it: `spark` for the lake, `postgres` for PostgreSQL."""

_FIRST = ("SELECT", "WITH", "VALUES", "TABLE")
"""The words that begin a statement with rows. Only these can stand in parentheses after FROM."""
_FIRST_IN_SPARK = ("SELECT", "WITH", "VALUES", "FROM")


def one_statement(text: str, dialect: SqlDialect) -> str:
    """Returns the statement without semicolons and comments after it, which would break it in parentheses.

    Comments before and in it stay; they may be hints.

    Raises:
        ValueError: there is none, more than one, or another than a SELECT; the message goes after the text's name.
    """
    # Slow to import, and needed only where SQL is moved.
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    text = text.strip().removeprefix("\ufeff").strip()
    try:
        tokens = tokenized(text, dialect)
    except TokenError:  # an open quote, which the database or Spark explains best
        return f"{text}\n"
    while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise ValueError("is empty: give a SELECT statement")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens):
        raise ValueError("holds several statements: give one SELECT statement, and at most one ';' after it")
    first = text[tokens[0].start : tokens[0].end + 1]
    known = _FIRST_IN_SPARK if dialect == "spark" else _FIRST
    if first != "(" and first.upper() not in known:
        words = ", ".join(known)
        raise ValueError(f"begins with {first[:40]!r}: give a statement that returns rows, which begins with {words}")
    depth = 0
    for token in tokens:
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(token.token_type, 0)
        if depth < 0:
            raise ValueError("closes a parenthesis that it does not open: remove it")
    if depth:
        raise ValueError("opens a parenthesis that it does not close: close it")
    return text[: tokens[-1].end + 1]


def tokenized(text: str, dialect: SqlDialect) -> "list[Token]":
    """sqlglot's tokens of a text; comments are between them.

    Raises:
        sqlglot.errors.TokenError: a quote or comment is not closed.
    """
    from sqlglot.dialects.dialect import Dialect as Known

    return Known.get_or_raise(dialect).tokenize(text)
