"""What two transfers that begin together both find missing, and both try to make."""

from collections.abc import Callable

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from longshore_spark.reasons import sql_state

_TRIES = 5
"""A new catalog has two tables, a column that is added, and a namespace: each may be another's."""
_MADE_BY_ANOTHER = {"23505", "42701", "42P06", "42P07"}
"""unique_violation, duplicate_column, duplicate_schema, duplicate_table. Source: PostgreSQL, "Error Codes"."""


def create_missing(create: Callable[[], object]) -> None:
    """Calls `create`, which makes something that is missing; again where another transfer was quicker.

    "IF NOT EXISTS" does not help: Iceberg's JDBC catalog (namespaces, its own tables, a column of theirs) and
    PostgreSQL (schemas) look first and create then.
    """
    for left in reversed(range(_TRIES)):
        try:
            create()
            return
        except (Py4JJavaError, PySparkException) as error:
            if left == 0 or sql_state(error) not in _MADE_BY_ANOTHER:
                raise
