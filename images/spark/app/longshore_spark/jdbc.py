"""Statements to a database through the JDBC driver that Spark itself uses, so that nothing else is needed."""

from collections.abc import Sequence
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from longshore_spark.connections import JdbcConnection
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.sql import Column

Row = tuple[Any, ...]


class Jdbc:
    """One database, by connections that are opened for a call and closed after it."""

    def __init__(self, spark: SparkSession, connection: JdbcConnection) -> None:
        self._jvm: Any = spark._jvm
        self._connection = connection

    def query(self, statement: str, *parameters: str) -> list[Row]:
        """The rows of a query; parameters stand for `?` and are text."""
        opened = self._open()
        try:
            prepared = opened.prepareStatement(statement)
            for index, value in enumerate(parameters, start=1):
                prepared.setString(index, value)
            results = prepared.executeQuery()
            width = results.getMetaData().getColumnCount()
            rows: list[Row] = []
            while results.next():
                rows.append(tuple(results.getString(index) for index in range(1, width + 1)))
            return rows
        finally:
            opened.close()

    def execute(self, statements: Sequence[str]) -> None:
        """Runs the statements in one transaction: all or none."""
        opened = self._open()
        try:
            opened.setAutoCommit(False)
            for statement in statements:
                opened.createStatement().execute(statement)
            opened.commit()
        finally:
            opened.close()  # without a commit this rolls back

    def columns(self, table: str) -> list[Column]:
        """The columns of `schema.table`; none where it does not exist."""
        rows = self.query(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            table,
        )
        return [Column(name, kind) for name, kind in rows]

    def column_types(self, relation: str) -> dict[str, str]:
        """The type of each column of something that may stand after FROM, as the driver names it (`int4`)."""
        opened = self._open()
        try:
            described = opened.prepareStatement(f"SELECT * FROM {relation} LIMIT 0").getMetaData()
            columns = range(1, described.getColumnCount() + 1)
            return {described.getColumnName(index): described.getColumnTypeName(index) for index in columns}
        finally:
            opened.close()

    def _open(self) -> Any:
        connection = self._connection
        properties = self._jvm.java.util.Properties()
        for key, value in connection.properties.items():
            if key != "driver":
                properties.setProperty(key, value)
        # The driver itself, not the DriverManager: that one refuses drivers of another class loader than its caller's.
        try:
            return self._jvm.org.postgresql.Driver().connect(connection.url, properties)
        except Py4JJavaError as error:
            raise _unreachable(connection, error) from None


def _unreachable(connection: JdbcConnection, error: Py4JJavaError) -> ConnectionSettingsError:
    cause: Any = error.java_exception
    state = str(cause.getSQLState() or "")
    where = f"database {connection.database!r} at {connection.host}:{connection.port}"
    if state.startswith("28"):
        reason = f"refused the password or the user {connection.user!r}"
    elif state.startswith("3D"):
        reason = "does not exist"
    else:
        reason = "cannot be reached; is it running, and reachable from where the job runs"
    return ConnectionSettingsError(f"The {where} (connection {connection.id!r}) {reason}.")
