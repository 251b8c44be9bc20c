"""The roles of environments in the database of the lake's catalog: each reads all of it, and writes its own schema.

PostgreSQL's row level security holds them to it, whatever a job's code does. Nobody else is bound by it: production's
roles have what they were granted.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from environments.build.lake import Catalog
from environments.clients.postgres import (
    OWNER,
    Statement,
    check_owner,
    checked,
    drop_role_statements,
    membership,
    role_statements,
)
from environments.exceptions import DatabaseError
from environments.settings import Settings

_CONNECT_SECONDS = 10
# As Iceberg's JDBC catalog makes them, if it finds none: an environment's role could not.
_TABLES = {
    "iceberg_tables": (
        "table_namespace",
        "catalog_name varchar(255) NOT NULL, table_namespace varchar(255) NOT NULL, table_name varchar(255) NOT NULL, "
        "metadata_location varchar(1000), previous_metadata_location varchar(1000), iceberg_type varchar(5), "
        "PRIMARY KEY (catalog_name, table_namespace, table_name)",
    ),
    "iceberg_namespace_properties": (
        "namespace",
        "catalog_name varchar(255) NOT NULL, namespace varchar(255) NOT NULL, property_key varchar(255), "
        "property_value varchar(1000), PRIMARY KEY (catalog_name, namespace, property_key)",
    ),
}
_READ, _WRITE = "environments_read", "environments_write"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('longshore.dev/lake'))"
"""Two that change the rights of one table at the same time would fail."""
_STATE = """
SELECT c.oid IS NOT NULL,
       coalesce(c.relrowsecurity, false),
       ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid),
       coalesce(has_table_privilege(%(role)s, c.oid, 'DELETE'), false)
FROM (SELECT to_regclass(%(table)s)) AS named (oid) LEFT JOIN pg_class c ON c.oid = named.oid
"""
_COMMON = "postgres"
"""The database that every server has, and that everybody may connect to unless somebody has forbidden it."""
_HAS = """
SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = to_regrole(%(role)s) AND d.datname = %(database)s
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """One of the catalog's tables, as it is."""

    name: str
    there: bool = False
    secured: bool = False
    """Whether row level security is on."""
    policies: frozenset[str] = frozenset()
    granted: bool = False
    """Whether the role may use it."""


def table_statements(table: Table, *, role: str, owner: str) -> list[Statement]:
    """What the table still lacks for the role; nothing where it lacks nothing. Pure. Raises: see `checked`.

    Args:
        owner: whose the table is to be, if it is made.
    """
    column, columns = _TABLES[table.name]
    named, identifier = sql.Identifier(table.name), sql.Identifier(checked(role))
    statements = []
    if not table.there:
        statements += [
            sql.SQL("CREATE TABLE {} ({})").format(named, sql.SQL(columns)),
            sql.SQL("ALTER TABLE {} OWNER TO {}").format(named, sql.Identifier(owner)),
        ]
    if _READ not in table.policies:
        policy = sql.SQL("CREATE POLICY {} ON {} FOR SELECT USING (true)")
        statements.append(policy.format(sql.Identifier(_READ), named))
    if _WRITE not in table.policies:
        policy = sql.SQL(
            "CREATE POLICY {} ON {} USING (NOT starts_with(current_user::text, 'lake_env_') "
            "OR current_user::text = 'lake_' || split_part({}, '.', 1))"
        )
        statements.append(policy.format(sql.Identifier(_WRITE), named, sql.Identifier(column)))
    if not table.secured:  # after the policies: without one, nobody but its owner sees a row
        statements.append(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(named))
    if not table.granted:
        statements.append(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(named, identifier))
    return statements


@dataclass(frozen=True)
class LakeRoles:
    """Those in the catalogs that the settings give access to."""

    settings: Settings

    async def ensure(self, catalog: Catalog, role: str, *, uid: str, password: str) -> None:
        """Makes the role, if it is not there, sets its password, and what it may do in the catalog.

        Raises:
            TakenError: the role is another's. DatabaseError: PostgreSQL refuses, or does not answer.
        """
        async with await self._connection(catalog) as connection:
            hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
            try:
                async with connection.transaction():
                    await self._alone(connection)
                    there = await self._owned(connection, role, uid)
                    for each in role_statements(role, uid=uid, hashed=hashed, there=there):
                        await connection.execute(each)
                    connect = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
                    if not there:
                        names = sql.Identifier(catalog.database), sql.Identifier(role)
                        await connection.execute(connect.format(*names))
                    for name in _TABLES:
                        table = await self._table(connection, name, role)
                        for each in table_statements(table, role=role, owner=catalog.owner):
                            await connection.execute(each)
            except psycopg.Error as error:
                raise _refused(catalog, error) from error

    async def drop(self, catalog: Catalog, role: str, *, uid: str) -> None:
        """Removes the role, if it is there; the rows that it wrote stay. Raises: see `ensure`."""
        async with await self._connection(catalog) as connection:
            try:
                async with connection.transaction():
                    await self._alone(connection)
                    there = await self._owned(connection, role, uid)
                    if there:
                        await connection.execute(membership(role))
                if there:
                    await self._drop_in_common(connection, catalog, role)
                    async with connection.transaction():
                        await self._alone(connection)
                        for each in drop_role_statements(role):
                            await connection.execute(each)
            except psycopg.Error as error:
                raise _refused(catalog, error) from error

    async def _drop_in_common(self, connection: "psycopg.AsyncConnection[Any]", catalog: Catalog, role: str) -> None:
        found = await connection.execute(_HAS, {"role": role, "database": _COMMON})
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

    async def _alone(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        await connection.execute("SET LOCAL lock_timeout = '60s'")  # many may come at the same time
        await connection.execute(_ALONE)
        # Production's commits would wait behind us as long as we wait for a reader.
        await connection.execute("SET LOCAL lock_timeout = '5s'")

    async def _owned(self, connection: "psycopg.AsyncConnection[Any]", role: str, uid: str) -> bool:
        """Whether the role is there, and ours."""
        found = await (await connection.execute(OWNER, {"name": checked(role)})).fetchone()
        check_owner(role, uid=uid, role=None if found is None else found[0] or "", database=None, database_owner=None)
        return found is not None

    async def _table(self, connection: "psycopg.AsyncConnection[Any]", name: str, role: str) -> Table:
        row = await (await connection.execute(_STATE, {"table": name, "role": role})).fetchone()
        there, secured, policies, granted = row or (False, False, [], False)
        return Table(name=name, there=there, secured=secured, policies=frozenset(policies), granted=granted)


def _refused(catalog: Catalog, error: psycopg.Error) -> DatabaseError:
    reason = error.diag.message_primary or type(error).__name__
    return DatabaseError(f"The lake's catalog at {catalog.host!r} refused to change an environment's role: {reason}")
