"""SQL statements that create and drop an environment's database and role, and the check of whom these belong to. Pure.

The role's comment names the object's UID, and exists as soon as the role does, because both are one transaction. The
database belongs to its owner, who may write any comment on it. Nothing is changed or dropped that belongs to another
object, or whose name does not have the form of an environment's.
"""

import re

from psycopg import sql

from environments.exceptions import TakenError

_NAME = re.compile(r"(?:lake_)?env_[a-z0-9_]{1,59}", re.ASCII)
"""The names of databases and their roles, and of roles in the lake's catalog."""
_MARK = "longshore.dev/environment-uid: "
OWNER = """
SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %(name)s
"""
"""Selects a role's comment."""
DATABASE = """
SELECT shobj_description(d.oid, 'pg_database'), pg_get_userbyid(d.datdba) FROM pg_database d WHERE d.datname = %(name)s
"""
"""Selects a database's comment and owner."""
Statement = sql.Composed


def checked_name(name: str) -> str:
    """Returns the name, if an environment's database may have it.

    Raises:
        TakenError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise TakenError(f"{name[:80]!r} is not the name of an environment's database: those begin with env_.")
    return name


def role_statements(name: str, *, uid: str, hashed: str, exists: bool) -> list[Statement]:
    """Returns one transaction that creates the role, or sets its password. Raises: see `checked_name`.

    Args:
        hashed: the password as PostgreSQL stores it, because a statement may end up in the server's log.
        exists: whether the role exists.
    """
    role, secret = sql.Identifier(checked_name(name)), sql.Literal(hashed)
    if exists:
        return [sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, secret), membership(name)]
    return [
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, secret),
        sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(_MARK + uid)),
        membership(name),
    ]


def membership(name: str) -> Statement:
    """Returns the grant that lets an administrator without superuser act on the role's objects.

    Raises: see `checked_name`.
    """
    return sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(checked_name(name)))


def drop_role_statements(name: str) -> list[Statement]:
    """Returns the removal of the role and its objects in the session's database. Raises: see `checked_name`."""
    role = sql.Identifier(checked_name(name))
    return [sql.SQL("DROP OWNED BY {}").format(role), sql.SQL("DROP ROLE {}").format(role)]


def database_statements(name: str, *, uid: str, exists: bool) -> list[Statement]:
    """Returns the creation of the database; none of it may run in a transaction. Raises: see `checked_name`."""
    database = sql.Identifier(checked_name(name))
    create = [] if exists else [sql.SQL("CREATE DATABASE {0} OWNER {0}").format(database)]
    return [
        *create,
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, sql.Literal(_MARK + uid)),
        # Without this, every role may connect.
        sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
    ]


def drop_statements(name: str, *, role: bool, database: bool) -> list[Statement]:
    """Returns the removal of database and role, whatever sessions are open; none of it may run in a transaction.

    Args:
        role: whether the role exists.
        database: whether the database exists.

    Raises: see `checked_name`.
    """
    named = sql.Identifier(checked_name(name))
    statements = [membership(name)] if role else []
    if database:
        statements += [
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(named),  # its owner may have made it a template
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named),
        ]
    # The role may own objects in every database that it may connect to.
    return [*statements, *(drop_role_statements(name) if role else [])]


def check_owner(name: str, *, uid: str, role: str | None, database: str | None, database_owner: str | None) -> None:
    """Checks that the role and the database belong to the object of this UID.

    Args:
        role: the role's comment; an empty text without one, None without a role.
        database: the database's comment, likewise.
        database_owner: the role that owns the database.

    Raises:
        TakenError: the role or the database belongs to another object.
    """
    mark = _MARK + uid
    if role is not None and role != mark:
        raise TakenError(
            f"The role {name!r} of PostgreSQL does not belong to this environment. Rename the environment, or remove "
            "the role by hand."
        )
    # A database that was just created has no comment yet, and its owner may change the comment. Its owner is proof
    # enough, because the role carries the mark, and a role cannot change its own comment.
    if database is not None and database != mark and not (role == mark and database_owner == name):
        raise TakenError(
            f"The database {name!r} does not belong to this environment. Rename the environment, or remove the "
            "database by hand."
        )
