"""SQL statements that let an environment's role read the whole lake catalog and write its own schema only. Pure."""

from dataclasses import dataclass

from psycopg import sql

from environments.requests.database_statements import Statement, checked_name

# As Iceberg's JDBC catalog creates them if they are missing, which an environment's role could not do.
TABLES = {
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
"""The catalog's tables by name: the column with the schema's name, and all columns."""
_READ, _WRITE = "environments_read", "environments_write"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('longshore.dev/lake'))"
"""Takes the lock on the rights: two changes to those of one table at the same time would fail."""
TABLE_STATE = """
SELECT c.oid IS NOT NULL,
       coalesce(c.relrowsecurity, false),
       ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid),
       coalesce(has_table_privilege(%(role)s, c.oid, 'DELETE'), false)
FROM (SELECT to_regclass(%(table)s)) AS named (oid) LEFT JOIN pg_class c ON c.oid = named.oid
"""
"""Selects the fields of `Table`, but for the name."""
OWNS_OBJECTS = """
SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = to_regrole(%(role)s) AND d.datname = %(database)s
"""
"""Selects a row for each object of the role's in a database."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """The present state of one of the catalog's tables."""

    name: str
    exists: bool = False
    secured: bool = False
    """True if row level security is on."""
    policies: frozenset[str] = frozenset()
    granted: bool = False
    """True if the role may use the table."""


def table_statements(table: Table, *, role: str, owner: str) -> list[Statement]:
    """Returns the statements that the table still needs for the role. Raises: see `checked_name`.

    Args:
        owner: the role that owns the table, if it is created.
    """
    column, columns = TABLES[table.name]
    named, identifier = sql.Identifier(table.name), sql.Identifier(checked_name(role))
    statements = []
    if not table.exists:
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
    if not table.secured:  # after the policies: without one, only the table's owner sees rows
        statements.append(sql.SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(named))
    if not table.granted:
        statements.append(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}").format(named, identifier))
    return statements
