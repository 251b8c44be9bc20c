"""The roles of environments in the lake catalog's database: each reads the whole catalog, and writes its own schema.

PostgreSQL's row level security enforces this, whatever a job's code does. Other roles are not affected: production's
have the rights that they were granted.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from environments.build.lake import Catalog
from environments.exceptions import DatabaseError
from environments.requests.database_statements import (
    OWNER,
    check_owner,
    checked_name,
    drop_role_statements,
    membership,
    role_statements,
)
from environments.requests.lake_statements import LOCK, OWNS_OBJECTS, TABLE_STATE, TABLES, Table, table_statements
from environments.settings import Settings

_CONNECT_SECONDS = 10
_COMMON = "postgres"
"""The database that every server has, and that every role may connect to unless that was revoked."""


@dataclass(frozen=True)
class LakeRoles:
    """The roles in the catalogs that the settings give access to."""

    settings: Settings

    async def ensure(self, catalog: Catalog, role: str, *, uid: str, password: str) -> None:
        """Creates the role, if it is missing, and sets its password and its rights in the catalog.

        Raises:
            TakenError: the role belongs to another object. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self._connection(catalog) as connection:
            hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            try:
                async with connection.transaction():
                    await self._lock(connection)
                    exists = await self._owned(connection, role, uid)
                    for each in role_statements(role, uid=uid, hashed=hashed, exists=exists):
                        await connection.execute(each)
                    connect = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
                    if not exists:
                        names = sql.Identifier(catalog.database), sql.Identifier(role)
                        await connection.execute(connect.format(*names))
                    for name in TABLES:
                        table = await self._table(connection, name, role)
                        for each in table_statements(table, role=role, owner=catalog.owner):
                            await connection.execute(each)
            except psycopg.Error as error:
                raise _refused(catalog, error) from error

    async def drop(self, catalog: Catalog, role: str, *, uid: str) -> None:
        """Drops the role, if it exists; the rows that it wrote stay. Raises: see `ensure`."""
        async with await self._connection(catalog) as connection:
            try:
                async with connection.transaction():
                    await self._lock(connection)
                    exists = await self._owned(connection, role, uid)
                    if exists:
                        await connection.execute(membership(role))
                if exists:
                    await self._drop_in_common(connection, catalog, role)
                    async with connection.transaction():
                        await self._lock(connection)
                        for each in drop_role_statements(role):
                            await connection.execute(each)
            except psycopg.Error as error:
                raise _refused(catalog, error) from error

    async def _drop_in_common(self, connection: "psycopg.AsyncConnection[Any]", catalog: Catalog, role: str) -> None:
        found = await connection.execute(OWNS_OBJECTS, {"role": role, "database": _COMMON})
        if catalog.database == _COMMON or not found.rowcount:
            return
        async with await self._connection(replace(catalog, database=_COMMON)) as common:
            await common.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))

    async def _connection(self, catalog: Catalog) -> "psycopg.AsyncConnection[Any]":
        try:
            return await psycopg.AsyncConnection.connect(
                host=catalog.host,
                port=catalog.port,
                user=self.settings.lake_user,
                password=Path(self.settings.lake_password_file).read_text().strip(),
                dbname=catalog.database,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
            )
        except (psycopg.Error, OSError) as error:
            raise DatabaseError(f"The lake's catalog at {catalog.host!r} cannot be reached: {error}") from error

    async def _lock(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        await connection.execute("SET LOCAL lock_timeout = '60s'")  # many environments may come at the same time
        await connection.execute(LOCK)
        # While this session waits for a reader, production's commits wait behind it.
        await connection.execute("SET LOCAL lock_timeout = '5s'")

    async def _owned(self, connection: "psycopg.AsyncConnection[Any]", role: str, uid: str) -> bool:
        """Returns whether the role exists; if so, it belongs to the object."""
        found = await (await connection.execute(OWNER, {"name": checked_name(role)})).fetchone()
        check_owner(role, uid=uid, role=None if found is None else found[0] or "", database=None, database_owner=None)
        return found is not None

    async def _table(self, connection: "psycopg.AsyncConnection[Any]", name: str, role: str) -> Table:
        row = await (await connection.execute(TABLE_STATE, {"table": name, "role": role})).fetchone()
        exists, secured, policies, granted = row or (False, False, [], False)
        return Table(name=name, exists=exists, secured=secured, policies=frozenset(policies), granted=granted)


def _refused(catalog: Catalog, error: psycopg.Error) -> DatabaseError:
    reason = error.diag.message_primary or type(error).__name__
    return DatabaseError(f"The lake's catalog at {catalog.host!r} refused to change an environment's role: {reason}")
