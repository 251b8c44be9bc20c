"""The lake schema of an environment: its name, and the SQL that drops it; `catalog/` (Java) has the rest. Pure."""

import re

from longshore_spark.exceptions import ArgumentError

_CATALOG = "lake"
CATALOG_TABLES = {"iceberg_tables": "table_namespace", "iceberg_namespace_properties": "namespace"}
"""The tables of Iceberg's JDBC catalog, and which column of each has the namespace. Source: Iceberg, JdbcUtil."""


def schema_of(environment: str) -> str:
    """Returns the schema (Iceberg namespace) of an environment; each name, a DNS label, has a schema of its own.

    Raises:
        ArgumentError: the name is none of an environment.
    """
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", environment):
        raise ArgumentError(
            f"{environment!r} is not an environment's name: run this in the virtual cluster of an environment, whose "
            "namespace is env-<name>."
        )
    return f"env_{environment.replace('-', '_')}"


def drop_statement(table: str, schema: str) -> str:
    """Returns the statement that deletes a schema's rows, of `schema_of`, from one of CATALOG_TABLES."""
    column = CATALOG_TABLES[table]
    return (
        f"DELETE FROM {table} WHERE catalog_name = '{_CATALOG}' "
        f"AND ({column} = '{schema}' OR starts_with({column}, '{schema}.'))"
    )
