"""Tables of PostgreSQL as datasets."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from py4j.protocol import Py4JError

from longshore_spark.databases.postgres.quoting import NAMES, qualified
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.outcome.datasets import Dataset, Name, dataset, postgres_name

_COLUMNS = """
SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# A query's session has locked each table that it reads, also those behind a view.
_READ = """
SELECT DISTINCT n.nspname, c.relname FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relkind IN ('r', 'p', 'm', 'f')
  AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""

Rows = Callable[..., list[tuple[Any, ...]]]
"""A statement and its parameters, which are text, to rows of text."""


def table_dataset(query: Rows, connection: JdbcConnection, table: str) -> Dataset:
    """Returns a table with its columns.

    Args:
        table: `schema.table`, as users write it.
    """
    columns = {str(name): str(kind) for name, kind in query(_COLUMNS, qualified(table))}
    return dataset(_name(connection, *NAMES.target(table)), columns=columns)


def datasets_read(
    query: Rows, connection: JdbcConnection, relation: str | None, columns: dict[str, str]
) -> list[Dataset]:
    """Returns the tables that are read; none where they cannot be found.

    Args:
        query: on the session that has locked them.
        relation: the whole table that is read, quoted and with its schema. None: a query is.
        columns: the columns that are read, with their types.
    """
    if relation is not None:
        with suppress(ValueError):
            schema, table = NAMES.parts(relation)
            return [dataset(_name(connection, schema, table), columns=columns)]
    with suppress(Py4JError):
        return [dataset(_name(connection, schema, table)) for schema, table in query(_READ)]
    return []


def _name(connection: JdbcConnection, schema: str, table: str) -> Name:
    return postgres_name(connection.host, connection.port, connection.database, schema, table)
