"""Names and texts as PostgreSQL reads and quotes them. Pure."""

from longshore_spark.grammar.table_names import DatabaseNames

NAMES = DatabaseNames(folds=True, longest=63, unit="bytes", too_long="which PostgreSQL would cut")
"""The rules of names. PostgreSQL cuts longer ones, without an error (NAMEDATALEN).

Source: PostgreSQL, "Lexical Structure", "Identifiers and Key Words".
"""


def quoted(name: str) -> str:
    """Returns an identifier as PostgreSQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: str) -> str:
    """Returns a table's name, as users write it (see `table_names`), with each part in double quotes."""
    return ".".join(map(quoted, NAMES.parts(table)))


def literal(text: str) -> str:
    """Returns a text, whatever it holds and whatever `standard_conforming_strings` is."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
