"""The rows of an environment's Airflow that outlive it: read from its database, and written to the next.

The tables belong to the environment, whose code may have put anything in their place. So everything here is done with
the environment's own role, never with the administrator's rights, and what is read is cut before it is sent.
"""

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from environments.clients.postgres import Databases
from environments.exceptions import DatabaseError
from environments.kept import DEFAULT_POOL, MOST_BYTES, UNIQUE, Row, Tables, rows_of, too_much

_NOT_MOVED = {"id", "team_name"}
"""An ID is its database's; a team that is not there is none's (Airflow's `ON DELETE SET NULL`)."""
_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped
"""
# Of a column called like the alias, the column would be meant.
_ROWS = """
SELECT left(coalesce(json_agg("longshore row"), '[]')::text, %(most)s) FROM {} AS "longshore row"
"""
_INSERT = """
INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_record(NULL::{table}, %(row)s::json)
ON CONFLICT ({unique}) DO {action}
"""


@dataclass(frozen=True)
class KeptRows:
    """In the PostgreSQL of all environments."""

    databases: Databases

    async def read(self, name: str, *, password: str) -> Tables:
        """All rows of the tables, as far as these are there.

        Args:
            name: of the environment's database, and of its role.
            password: the role's.

        Raises:
            KeepError: they are more than can be kept, or no rows of Airflow's.
            DatabaseError: PostgreSQL refuses, or does not answer.
        """
        found = {}
        async with await self.databases.connect(name, password=password) as connection:
            for table in UNIQUE:
                try:
                    there = await _columns(connection, table)
                    text = await _rows(connection, table) if there else "[]"
                except psycopg.Error as error:
                    raise _refused(f"does not give the table {table!r} of {name!r}", error) from error
                if len(text) > MOST_BYTES:
                    raise too_much(name.removeprefix("env_").replace("_", "-"))
                found[table] = rows_of(table, text, name=name)
        return found

    async def write(self, name: str, tables: Tables, *, password: str) -> None:
        """Adds the rows that are not there, all of them or none. Airflow's own pool is set.

        Of a row, those columns are written that the table has: another version of Airflow may have others.

        Args: see `read`.

        Raises:
            DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self.databases.connect(name, password=password) as connection:
            try:
                async with connection.transaction():
                    for table, rows in tables.items():
                        if rows and not (there := await _columns(connection, table)):
                            raise DatabaseError(f"The database {name!r} has no table {table!r} yet.")
                        for row in rows:
                            await connection.execute(_insert(table, row, there - _NOT_MOVED), {"row": json.dumps(row)})
            except psycopg.Error as error:
                what = f"does not take into {name!r} what is kept of an earlier one"
                raise _refused(f"{what} (`longshore env delete --forget` lets it go)", error) from error


def _insert(table: str, row: Row, columns: set[str]) -> sql.Composed:
    names = [sql.Identifier(column) for column in sorted(columns & row.keys())]
    is_default = table == "slot_pool" and row.get("pool") == DEFAULT_POOL
    new = sql.SQL(", ").join(sql.SQL("{0} = EXCLUDED.{0}").format(column) for column in names)
    return sql.SQL(_INSERT).format(
        table=sql.Identifier("public", table),
        columns=sql.SQL(", ").join(names),
        unique=sql.Identifier(UNIQUE[table]),
        action=sql.SQL("UPDATE SET {}").format(new) if is_default else sql.SQL("NOTHING"),
    )


async def _columns(connection: "psycopg.AsyncConnection[Any]", table: str) -> set[str]:
    """None where there is no such table."""
    return {str(row[0]) for row in await (await connection.execute(_COLUMNS, {"table": f"public.{table}"})).fetchall()}


async def _rows(connection: "psycopg.AsyncConnection[Any]", table: str) -> str:
    query = sql.SQL(_ROWS).format(sql.Identifier("public", table))
    row = await (await connection.execute(query, {"most": MOST_BYTES + 1})).fetchone()
    return "[]" if row is None else str(row[0])


def _refused(what: str, error: psycopg.Error) -> DatabaseError:
    return DatabaseError(f"PostgreSQL {what}: {error.diag.message_primary or type(error).__name__}")
