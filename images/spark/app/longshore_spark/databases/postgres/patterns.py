"""Tables of PostgreSQL by a pattern of their names, as its catalog has them now."""

from typing import Any

from longshore_spark.command_line.tables import TablePattern
from longshore_spark.databases.postgres.connecting.jdbc import Jdbc
from longshore_spark.databases.postgres.quoting import NAMES
from longshore_spark.exceptions import SourceError
from longshore_spark.interfaces.connection import JdbcConnection

# Rows of a partition are those of its table, and transfers' own tables are nobody's.
_MATCHING = """
SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ? AND c.relname LIKE ? ESCAPE '!' AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
  AND NOT pg_catalog.starts_with(c.relname::pg_catalog.text, '_longshore_')
ORDER BY c.relname
"""
_LIKE = str.maketrans({"!": "!!", "%": "!%", "_": "!_", "*": "%", "?": "_"})


def matching_tables(jvm: Any, connection: JdbcConnection, pattern: TablePattern) -> list[str]:
    """Returns the tables, partitioned tables and foreign tables that match, as users write their names.

    Raises:
        ConnectionSettingsError: the database cannot be reached.
        SourceError: no table matches.
    """
    found = Jdbc(jvm, connection).query(_MATCHING, pattern.schema, pattern.glob.translate(_LIKE))
    if not found:
        raise SourceError(
            f"No table of the database {connection.database!r} (connection {connection.id!r}) matches "
            f"{pattern.text!r}; check schema and pattern. Views do not count: name them in a list."
        )
    return [NAMES.written(pattern.schema, name) for (name,) in found]
