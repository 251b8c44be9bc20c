"""The rows that outlive an environment: read from its database, and written to the next one's.

The tables belong to the environment, whose code may have replaced them with anything. Everything here therefore uses
the environment's own role, never the administrator's rights, and cuts what it reads before PostgreSQL sends it.
"""

import json
from dataclasses import dataclass
from typing import Any

import psycopg

from environments.build.retained_rows import KEY_COLUMNS, MAX_BYTES, Tables, parsed_rows, too_large
from environments.clients.postgres import Databases
from environments.exceptions import DatabaseError
from environments.requests.retained_statements import COLUMNS, insert_statement, rows_query


@dataclass(frozen=True)
class RetainedRows:
    """Access to retained rows in the PostgreSQL of all environments."""

    databases: Databases

    async def read(self, name: str, *, password: str) -> Tables:
        """Returns all rows of the tables that exist.

        Args:
            name: of the environment's database, and of its role.
            password: the role's.

        Raises:
            RetentionError: the rows are too large to retain, or are not Airflow's.
            DatabaseError: PostgreSQL refuses, or does not answer.
        """
        found = {}
        async with await self.databases.connect(name, password=password) as connection:
            for table in KEY_COLUMNS:
                try:
                    columns = await _columns(connection, table)
                    text = await _rows(connection, table) if columns else "[]"
                except psycopg.Error as error:
                    raise _refused(f"refused to read the table {table!r} of {name!r}", error) from error
                if len(text) > MAX_BYTES:
                    raise too_large(name.removeprefix("env_").replace("_", "-"))
                found[table] = parsed_rows(table, text, name=name)
        return found

    async def write(self, name: str, tables: Tables, *, password: str) -> None:
        """Inserts the missing rows, all of them or none, and updates Airflow's default pool.

        Only the columns that the table has are written: another version of Airflow may have others.

        Args: see `read`.

        Raises:
            DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self.databases.connect(name, password=password) as connection:
            try:
                async with connection.transaction():
                    for table, rows in tables.items():
                        if rows and not (columns := await _columns(connection, table)):
                            raise DatabaseError(f"The database {name!r} has no table {table!r} yet.")
                        for row in rows:
                            await connection.execute(insert_statement(table, row, columns), {"row": json.dumps(row)})
            except psycopg.Error as error:
                what = f"refused to write rows of an earlier environment into {name!r}"
                raise _refused(f"{what} (`longshore env delete --forget` discards them)", error) from error


async def _columns(connection: "psycopg.AsyncConnection[Any]", table: str) -> set[str]:
    """Returns the columns of a table; none for a missing one."""
    return {str(row[0]) for row in await (await connection.execute(COLUMNS, {"table": f"public.{table}"})).fetchall()}


async def _rows(connection: "psycopg.AsyncConnection[Any]", table: str) -> str:
    row = await (await connection.execute(rows_query(table), {"most": MAX_BYTES + 1})).fetchone()
    return "[]" if row is None else str(row[0])


def _refused(what: str, error: psycopg.Error) -> DatabaseError:
    return DatabaseError(f"PostgreSQL {what}: {error.diag.message_primary or type(error).__name__}")
