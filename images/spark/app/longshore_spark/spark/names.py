"""Names, texts and statements of Spark's SQL. Pure."""

from longshore_spark.grammar.table_names import lake_parts


def spark_quoted(name: str) -> str:
    """Returns an identifier in backticks."""
    return "`" + name.replace("`", "``") + "`"


def spark_literal(text: str) -> str:
    """Returns a text between quotes, whatever it holds."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def spark_table(name: str) -> str:
    """Returns the name of a lake's table, as users write it (see `table_names`), with each part in backticks."""
    return ".".join(map(spark_quoted, lake_parts(name)))


def folded(name: str) -> str:
    """Folds a name as Java's `equalsIgnoreCase`, by which Spark compares: i, I, the dotless ı and İ are one."""
    upper = (character.upper() if len(character.upper()) == 1 else character for character in name)
    return "".join(character.lower()[0] for character in upper)
