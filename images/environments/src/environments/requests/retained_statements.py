"""SQL statements that read retained rows from an environment's database, and write them to the next one's. Pure."""

from psycopg import sql

from environments.build.retained_rows import DEFAULT_POOL, KEY_COLUMNS, Row

_NOT_MOVED = {"id", "team_name"}
"""Columns that are not copied: an ID is its database's own, and a missing team becomes none (`ON DELETE SET NULL`)."""
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped
"""
"""Selects the names of a table's columns; none where the table is missing."""
# The alias has a space, because a column of the same name would take its place.
_ROWS = """
SELECT left(coalesce(json_agg("longshore row"), '[]')::text, %(most)s) FROM {} AS "longshore row"
"""
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{table}, %(row)s::json)
ON CONFLICT ({unique}) DO {action}
"""


def rows_query(table: str) -> sql.Composed:
    """Returns the query for all rows of a table as JSON, cut to the parameter `most`."""
    return sql.SQL(_ROWS).format(sql.Identifier("public", table))


def insert_statement(table: str, row: Row, columns: set[str]) -> sql.Composed:
    """Returns the insertion of a row, given as the parameter `row`; Airflow's default pool is updated instead.

    Args:
        columns: the columns that the table has.
    """
    names = [sql.Identifier(column) for column in sorted((columns - _NOT_MOVED) & row.keys())]
    is_default = table == "slot_pool" and row.get("pool") == DEFAULT_POOL
    new = sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(column) for column in names)
    return sql.SQL(_INSERT).format(
        table=sql.Identifier("public", table),
        columns=sql.SQL(", ").join(names),
        unique=sql.Identifier(KEY_COLUMNS[table]),
        action=sql.SQL("UPDATE SET {}").format(new) if is_default else sql.SQL("NOTHING"),
    )
