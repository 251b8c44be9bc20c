"""Statements to a PostgreSQL through its JDBC driver."""

from collections.abc import Sequence
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from longshore_spark.databases.postgres.connecting.connection_errors import connection_error
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.sessions import Row, messages, open_session, query


def first_line(error: Py4JJavaError) -> str:
    """Returns the database's message about a statement, without its details."""
    return str(error.java_exception.getMessage()).split("\n")[0].removeprefix("ERROR: ")


class Jdbc:
    """One database, by connections that are opened for a call and closed after it."""

    def __init__(self, spark: SparkSession, connection: JdbcConnection) -> None:
        self._jvm: Any = spark._jvm
        self.connection = connection

    def query(self, statement: str, *parameters: str) -> list[Row]:
        """Returns the rows of a query; parameters stand for `?` and are text."""
        opened = self.open()
        try:
            return query(opened, statement, *parameters)
        finally:
            opened.close()

    def execute(self, statements: Sequence[str]) -> None:
        """Runs the statements in one transaction: all or none."""
        opened = self.open()
        try:
            opened.setAutoCommit(False)
            for statement in statements:
                opened.createStatement().execute(statement)
            opened.commit()
        finally:
            opened.close()  # without a commit this rolls back

    def open(self, **changes: str) -> Any:
        """Returns a connection, which the caller closes.

        Args:
            changes: properties of the driver instead of the connection's.

        Raises:
            ConnectionSettingsError: the database cannot be reached, or refuses the connection.
        """
        try:
            return open_session(self._jvm, self.connection, **changes)
        except Py4JJavaError as error:
            cause: Any = error.java_exception
            raise connection_error(self.connection, str(cause.getSQLState() or ""), messages(cause)) from None
