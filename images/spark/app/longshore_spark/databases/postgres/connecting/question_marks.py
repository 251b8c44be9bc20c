"""Question marks of PostgreSQL's own (`?`, `?|`, `?&`, `@?`), which the JDBC driver takes for parameters. Pure."""

from longshore_spark.grammar.sql_text import tokenized


def marks_doubled(statement: str) -> str:
    """Returns the statement as the driver's prepareStatement reads it: `??` stands for an operator's `?`.

    In texts, quoted names, dollar quotes and comments the driver sees no parameters.
    Source: PostgreSQL JDBC driver, "Using the Statement or PreparedStatement Interface".
    """
    from sqlglot.errors import TokenError
    from sqlglot.tokenizer_core import TokenType

    quotes = {
        *(TokenType.STRING, TokenType.IDENTIFIER, TokenType.HEREDOC_STRING, TokenType.BYTE_STRING),
        *(TokenType.BIT_STRING, TokenType.HEX_STRING, TokenType.NATIONAL_STRING, TokenType.UNICODE_STRING),
    }
    try:
        tokens = tokenized(statement, "postgres")
    except TokenError:  # an open quote, which the database explains best
        return statement
    parts, at = [], 0
    for token in tokens:
        end = token.end + 1
        word = statement[token.start : end]
        parts += [statement[at : token.start], word if token.token_type in quotes else word.replace("?", "??")]
        at = end
    return "".join([*parts, statement[at:]])
