"""The databases of environments in the shared PostgreSQL: each has its own, with a role that owns it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from environments.exceptions import DatabaseError
from environments.requests.database_statements import (
    DATABASE,
    OWNER,
    Statement,
    check_owner,
    checked_name,
    database_statements,
    drop_statements,
    role_statements,
)
from environments.settings import Settings

_CONNECT_SECONDS = 10
_OWN_SESSION = "-c search_path=pg_catalog -c statement_timeout=30s"
"""Options of sessions in an environment's database: names in statements never resolve to objects of its owner's."""


@dataclass(frozen=True)
class Databases:
    """The PostgreSQL server of all environments' databases."""

    settings: Settings

    async def ensure(self, name: str, *, uid: str, password: str) -> None:
        """Creates the role and the database, if they are missing, and sets the role's password.

        Raises:
            TakenError: the name belongs to another object. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self._connection() as connection:
            role, database = await self._owned(connection, name, uid)
            hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            async with connection.transaction():
                await self._execute(connection, role_statements(name, uid=uid, hashed=hashed, exists=role))
            await self._execute(connection, database_statements(name, uid=uid, exists=database))

    async def drop(self, name: str, *, uid: str) -> None:
        """Drops the database and the role, if they exist.

        Raises: see `ensure`.
        """
        async with await self._connection() as connection:
            role, database = await self._owned(connection, name, uid)
            await self._execute(connection, drop_statements(name, role=role, database=database))

    async def exists(self, name: str, *, uid: str) -> bool:
        """Returns whether the database exists. Raises: see `ensure`."""
        async with await self._connection() as connection:
            return (await self._owned(connection, name, uid))[1]

    async def connect(self, name: str, *, password: str) -> "psycopg.AsyncConnection[Any]":
        """Returns a session in an environment's database, with the rights of its own role only.

        Raises:
            TakenError: the name is not an environment's. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        return await self._open(checked_name(name), user=name, password=password, options=_OWN_SESSION)

    async def _connection(self) -> "psycopg.AsyncConnection[Any]":
        settings = self.settings
        try:
            password = Path(settings.database_password_file).read_text().strip()
        except OSError as error:
            raise DatabaseError(f"The password of PostgreSQL cannot be read: {error}") from error
        return await self._open("postgres", user=settings.database_user, password=password)

    async def _open(
        self, database: str, *, user: str, password: str, options: str = ""
    ) -> "psycopg.AsyncConnection[Any]":
        settings = self.settings
        try:
            return await psycopg.AsyncConnection.connect(
                host=settings.database_host,
                port=settings.database_port,
                user=user,
                password=password,
                dbname=database,
                autocommit=True,
                connect_timeout=_CONNECT_SECONDS,
                options=options,
            )
        except (psycopg.Error, OSError) as error:
            raise DatabaseError(f"PostgreSQL at {settings.database_host!r} cannot be reached: {error}") from error

    async def _owned(self, connection: "psycopg.AsyncConnection[Any]", name: str, uid: str) -> tuple[bool, bool]:
        """Returns whether the role and the database exist; if so, they belong to the object."""
        try:
            role = await (await connection.execute(OWNER, {"name": checked_name(name)})).fetchone()
            database = await (await connection.execute(DATABASE, {"name": name})).fetchone()
        except psycopg.Error as error:
            raise DatabaseError(f"PostgreSQL does not describe {name!r}: {error}") from error
        check_owner(
            name,
            uid=uid,
            role=None if role is None else role[0] or "",
            database=None if database is None else database[0] or "",
            database_owner=None if database is None else database[1],
        )
        return role is not None, database is not None

    async def _execute(self, connection: "psycopg.AsyncConnection[Any]", statements: Sequence[Statement]) -> None:
        for statement in statements:
            try:
                await connection.execute(statement)
            except psycopg.Error as error:
                reason = error.diag.message_primary or type(error).__name__
                raise DatabaseError(f"PostgreSQL refused to change an environment's database: {reason}") from error
