"""The lake schema of an environment, and how it ends; what it is meanwhile, `catalog/` (Java) says. Pure."""

import re

from longshore_spark.exceptions import ArgumentError

_CATALOG = "lake"
CATALOG_TABLES = {"iceberg_tables": "table_namespace", "iceberg_namespace_properties": "namespace"}
"""The tables of Iceberg's JDBC catalog, and which column of each has the namespace. Source: Iceberg, JdbcUtil."""


def schema_of(environment: str) -> str:
    """The schema (Iceberg namespace) of the environment with this name, a DNS label: another name, another schema.

    Raises:
        ArgumentError: it is no environment's name.
    """
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", environment):
        raise ArgumentError(
            f"{environment!r} is not an environment's name: run this in the virtual cluster of an environment, whose "
            "namespace is env-<name>."
        )
    return f"env_{environment.replace('-', '_')}"


def drop_statement(table: str, schema: str) -> str:
    """The statement that takes all that is the schema's, of `schema_of`, out of one of CATALOG_TABLES."""
    column = CATALOG_TABLES[table]
    return (
        f"DELETE FROM {table} WHERE catalog_name = '{_CATALOG}' "
        f"AND ({column} = '{schema}' OR starts_with({column}, '{schema}.'))"
    )
