"""The databases of environments in the shared PostgreSQL: one each, with a role of its own that owns it.

Whose they are is written on them: the role's comment names the object's UID, and is there from the moment on that the
role is, for both are one transaction; a database is its owner's, who may write on it what it likes. Nothing is changed
or dropped that says otherwise, or whose name is not of an environment's form.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from environments.exceptions import DatabaseError, TakenError
from environments.settings import Settings

_NAME = re.compile(r"(?:lake_)?env_[a-z0-9_]{1,59}", re.ASCII)
"""Of a database and its role, and of a role in the lake's catalog."""
_MARK = "longshore.dev/environment-uid: "
_CONNECT_SECONDS = 10
_OF_AN_ENVIRONMENT = "-c search_path=pg_catalog -c statement_timeout=30s"
"""Of a session in an environment's database: no name in a statement means what its owner has made."""
OWNER = """
SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %(name)s
"""
"""Asks for a role's comment."""
_DATABASE = """
SELECT shobj_description(d.oid, 'pg_database'), pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = %(name)s
"""
Statement = sql.Composed


def checked(name: str) -> str:
    """The name, if an environment's database may be called so. Pure.

    Raises:
        TakenError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise TakenError(f"{name[:80]!r} is no database of an environment's: their names begin with env_.")
    return name


def role_statements(name: str, *, uid: str, hashed: str, there: bool) -> list[Statement]:
    """What makes the role, or sets its password; to be one transaction. Pure. Raises: see `checked`.

    Args:
        hashed: the password as PostgreSQL keeps it: a statement may end up in the server's log.
    """
    role, secret = sql.Identifier(checked(name)), sql.Literal(hashed)
    if there:
        return [sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, secret), membership(name)]
    return [
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, secret),
        sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(_MARK + uid)),
        membership(name),
    ]


def membership(name: str) -> Statement:
    """What lets an administrator who is no superuser act on what is the role's. Pure. Raises: see `checked`."""
    return sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(checked(name)))


def drop_role_statements(name: str) -> list[Statement]:
    """What removes the role, and what it has in the database of the session. Pure. Raises: see `checked`."""
    role = sql.Identifier(checked(name))
    return [sql.SQL("DROP OWNED BY {}").format(role), sql.SQL("DROP ROLE {}").format(role)]


def database_statements(name: str, *, uid: str, there: bool) -> list[Statement]:
    """What makes the database; none of it may be in a transaction. Pure. Raises: see `checked`."""
    database = sql.Identifier(checked(name))
    create = [] if there else [sql.SQL("CREATE DATABASE {0} OWNER {0}").format(database)]
    return [
        *create,
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(_MARK + uid)),
        # Whoever is not its owner cannot even connect.
        sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
    ]


def drop_statements(name: str, *, role: bool, there: bool) -> list[Statement]:
    """What removes database and role, whoever is connected; none of it may be in a transaction. Pure.

    Args:
        role: whether the role is there.
        there: whether the database is.

    Raises: see `checked`.
    """
    database = sql.Identifier(checked(name))
    statements = [membership(name)] if role else []
    if there:
        statements += [
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(database),  # its owner may have made it one
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(database),
        ]
    # Wherever everybody may connect, the role may have made something.
    return [*statements, *(drop_role_statements(name) if role else [])]


def check_owner(name: str, *, uid: str, role: str | None, database: str | None, database_owner: str | None) -> None:
    """Checks whose they are. Pure.

    Args:
        role: the role's comment; an empty text where it has none, None where there is no role.
        database: the database's, likewise.
        database_owner: the role that owns it.

    Raises:
        TakenError: the role or the database is another's.
    """
    mark = _MARK + uid
    if role is not None and role != mark:
        raise TakenError(
            f"The role {name!r} of PostgreSQL is another's; rename the environment, or remove the role by hand."
        )
    # By its owner it is known before it has its comment, and when its owner has changed that: a role's own it cannot.
    if database is not None and database != mark and not (role == mark and database_owner == name):
        raise TakenError(f"The database {name!r} is another's; rename the environment, or remove the database by hand.")


@dataclass(frozen=True)
class Databases:
    """The PostgreSQL that the settings name."""

    settings: Settings

    async def ensure(self, name: str, *, uid: str, password: str) -> None:
        """Makes role and database, if they are not there, and sets the role's password.

        Raises:
            TakenError: the name is another's. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self._connection() as connection:
            role, database = await self._owned(connection, name, uid)
            hashed = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
            async with connection.transaction():
                await self._execute(connection, role_statements(name, uid=uid, hashed=hashed, there=role))
            await self._execute(connection, database_statements(name, uid=uid, there=database))

    async def drop(self, name: str, *, uid: str) -> None:
        """Removes database and role, if they are there.

        Raises: see `ensure`.
        """
        async with await self._connection() as connection:
            role, database = await self._owned(connection, name, uid)
            await self._execute(connection, drop_statements(name, role=role, there=database))

    async def exists(self, name: str, *, uid: str) -> bool:
        """Whether the database is there. Raises: see `ensure`."""
        async with await self._connection() as connection:
            return (await self._owned(connection, name, uid))[1]

    async def connect(self, name: str, *, password: str) -> "psycopg.AsyncConnection[Any]":
        """A session in an environment's database, with the rights of its own role and no others.

        Raises:
            TakenError: it is no environment's. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        return await self._open(checked(name), user=name, password=password, options=_OF_AN_ENVIRONMENT)

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
        """Whether role and database are there, and ours."""
        try:
            role = await (await connection.execute(OWNER, {"name": checked(name)})).fetchone()
            database = await (await connection.execute(_DATABASE, {"name": name})).fetchone()
        except psycopg.Error as error:
            raise DatabaseError(f"PostgreSQL does not tell of {name!r}: {error}") from error
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
