"""Finds out whether row security leaves out rows of a source for the role that reads it."""

from typing import Any

from py4j.protocol import Py4JJavaError

from longshore_spark.jdbc.sessions import query
from longshore_spark.spark.java_errors import sql_state

_POLICIES = """
SELECT DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND c.relrowsecurity ORDER BY 1
"""
_REFUSED = "42501"
"""insufficient_privilege. Source: PostgreSQL, "Error Codes"."""


def filtered_tables(session: Any, relation: str) -> list[str]:
    """Returns the tables with policies, if any of these apply to what the role reads; none if none do.

    With `row_security` off PostgreSQL refuses what a policy would change, and so decides this itself, behind views of
    other owners, too. Source: PostgreSQL, "Row Security Policies".

    Args:
        session: has locked what the relation reads; its transaction goes on.
        relation: what stands after FROM, without an alias.
    """
    statement = session.createStatement()
    try:
        statement.execute("SAVEPOINT longshore_policies; SET LOCAL row_security = off")
        try:
            query(session, f"SELECT 1 FROM {relation} AS r LIMIT 0")
        except Py4JJavaError as error:
            if sql_state(error) != _REFUSED:
                raise
            statement.execute("ROLLBACK TO SAVEPOINT longshore_policies")
            return [str(name) for (name,) in query(session, _POLICIES)]
        statement.execute("ROLLBACK TO SAVEPOINT longshore_policies")
        return []
    finally:
        statement.close()
