"""Creates what two transfers that begin at the same time may both find missing."""

from collections.abc import Callable
from typing import TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from longshore_spark.spark.java_errors import sql_state

_T = TypeVar("_T")
_TRIES = 5
"""A new catalog gets two tables, an added column and a namespace; another transfer may create each of them first."""
_MADE_BY_ANOTHER = {"23505", "42701", "42P06", "42P07"}
"""unique_violation, duplicate_column, duplicate_schema, duplicate_table. Source: PostgreSQL, "Error Codes"."""


def create_missing(create: Callable[[], _T]) -> _T:
    """Calls `create`, which makes something that is missing, and retries if another transfer was quicker.

    "IF NOT EXISTS" does not help: Iceberg's JDBC catalog (namespaces, its own tables, a column of theirs) and
    PostgreSQL (schemas) look first and create then.
    """
    left = _TRIES
    while True:
        left -= 1
        try:
            return create()
        except (Py4JJavaError, PySparkException) as error:
            if left == 0 or sql_state(error) not in _MADE_BY_ANOTHER:
                raise
