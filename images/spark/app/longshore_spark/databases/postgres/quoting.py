"""Names and texts as PostgreSQL quotes them. Pure."""

from longshore_spark.grammar.table_names import database_parts


def quoted(name: str) -> str:
    """Returns an identifier as PostgreSQL quotes it."""
    return '"' + name.replace('"', '""') + '"'


def qualified(table: str) -> str:
    """Returns a table's name, as users write it (see `table_names`), with each part in double quotes."""
    return ".".join(map(quoted, database_parts(table)))


def literal(text: str) -> str:
    """Returns a text, whatever it holds and whatever `standard_conforming_strings` is."""
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
