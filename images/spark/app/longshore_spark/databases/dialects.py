"""The databases that transfers read and write: one dialect for each kind.

A new kind of database is a module or package beside `postgres` with a subclass of `Dialect`, and its name here.
`tests/images/spark/databases/test_dialects.py` compares this list with the others.
"""

from longshore_spark.databases.postgres.dialect import PostgresDialect
from longshore_spark.interfaces.dialect import Dialect

_DIALECTS: tuple[Dialect, ...] = (PostgresDialect(),)
DIALECTS = {conn_type: dialect for dialect in _DIALECTS for conn_type in dialect.conn_types}
"""Dialects by the `conn_type` of Airflow's connections; `connections` refuses all others."""


def dialects() -> tuple[Dialect, ...]:
    """Returns each dialect once."""
    return _DIALECTS
