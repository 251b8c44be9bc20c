"""Tables of a database as their owner makes them, and as psql shows them: every value as its text."""

from typing import Any

import psycopg
from psycopg import sql

from .exact_values import fitting, parsed
from .oracle import Column, Source, Table

PRELUDE = "CREATE TYPE mood AS ENUM ('ok', 'ünï'); CREATE DOMAIN percent AS numeric(5,2);"
_COLUMNS = """
SELECT attname,
  format_type(coalesce(nullif(typbasetype, 0), atttypid), CASE typtype WHEN 'd' THEN typtypmod ELSE atttypmod END),
  attnotnull, pg_get_expr(adbin, adrelid), attidentity, CASE typtype WHEN 'd' THEN typname ELSE '' END
FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_KEPT = """
SELECT oid::int, relacl::text, obj_description(oid),
  (SELECT array_agg(conname || pg_get_constraintdef(oid) ORDER BY conname) FROM pg_constraint
   WHERE conrelid = %(table)s::regclass AND contype <> 'n'),
  (SELECT array_agg(pg_get_indexdef(indexrelid) ORDER BY indexrelid) FROM pg_index WHERE indrelid = %(table)s::regclass)
FROM pg_class WHERE oid = %(table)s::regclass
"""
_ELEMENTS = """
CASE WHEN {0} IS NOT NULL THEN ARRAY(SELECT one::text FROM unnest({0}) WITH ORDINALITY u(one, n) ORDER BY n) END
"""

Connection = psycopg.Connection[Any]


def create(connection: Connection, name: str, table: Table) -> None:
    """Makes a table of an owner, with rows."""
    parts = [sql.SQL(" ").join(_declared(at, column)) for at, column in enumerate(table.columns)]
    if table.key:
        parts.append(sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, table.key))))
    there = sql.Identifier(name)
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(there, sql.SQL(", ").join(parts)))
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS 'mine'").format(there))
    connection.execute(sql.SQL("GRANT SELECT ON {} TO PUBLIC").format(there))
    _insert(connection, name, [column.type for column in table.columns], [list(row.values()) for row in table.rows])


def create_source(connection: Connection, name: str, source: Source) -> None:
    """Makes a table that is read: its types are those that become the source's in the lake."""
    types = [fitting("database", None, kind)[1] or kind for kind in source.columns.values()]
    parts = [
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))  # type: ignore[arg-type]
        for column, kind in zip(source.columns, types, strict=True)
    ]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(sql.Identifier(name), sql.SQL(", ").join(parts)))
    _insert(connection, name, types, source.rows)


def there(connection: Connection, name: str) -> bool:
    """Returns True if the table exists."""
    return connection.execute("SELECT to_regclass(%s) IS NOT NULL", [name]).fetchone() == (True,)


def columns(connection: Connection, name: str) -> list[tuple[Any, ...]]:
    """Name, type, NOT NULL, default, identity and domain of each column."""
    return connection.execute(_COLUMNS, [name]).fetchall()


def rows(connection: Connection, name: str) -> list[dict[str, Any]]:
    """A table's rows, from their text."""
    found = columns(connection, name)
    select = sql.SQL(", ").join(
        sql.SQL(_ELEMENTS if kind.endswith("[]") else "{}::text").format(sql.Identifier(column))
        for column, kind, *_ in found
    )
    texts = connection.execute(sql.SQL("SELECT {} FROM {}").format(select, sql.Identifier(name)))
    return [{column: parsed(kind, text) for (column, kind, *_), text in zip(found, row, strict=True)} for row in texts]


def kept(connection: Connection, name: str) -> Any:
    """Returns what no transfer changes: identity, rights, comment, constraints, indexes."""
    return connection.execute(_KEPT, {"table": name}).fetchone()


def _declared(at: int, column: Column) -> list[sql.Composable]:
    parts: list[sql.Composable] = [sql.Identifier(column.name), sql.SQL(column.domain or column.type)]  # type: ignore[arg-type]
    if column.identity:
        how = "ALWAYS" if column.identity == "a" else "BY DEFAULT"
        parts.append(sql.SQL("GENERATED {} AS IDENTITY (START WITH 1000)").format(sql.SQL(how)))
    elif column.default is not None:
        parts.append(sql.SQL("DEFAULT {}").format(sql.Literal(str(column.default))))
    if column.required:
        parts.append(sql.SQL("NOT NULL"))
    if column.positive:
        named = sql.Identifier(f"positive_{at}")
        parts.append(sql.SQL("CONSTRAINT {} CHECK ({} > 0)").format(named, sql.Identifier(column.name)))
    return parts


def _insert(connection: Connection, name: str, types: list[str], rows: list[list[Any]]) -> None:
    places = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in types)  # type: ignore[arg-type]
    insert = sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE VALUES ({})").format(sql.Identifier(name), places)
    for row in rows:
        connection.execute(insert, row)
