"""Sessions of a database through the JDBC driver that Spark itself uses, so that nothing else is needed."""

from functools import reduce
from typing import Any

from longshore_spark.interfaces.connection import JdbcConnection

Row = tuple[Any, ...]


def open_session(jvm: Any, connection: JdbcConnection, **changes: str) -> Any:
    """Returns a JDBC connection, which the caller closes.

    Args:
        jvm: Spark's, by py4j.
        changes: properties of the driver instead of the connection's.

    Raises:
        Py4JJavaError: the database cannot be reached, or refuses the connection.
    """
    properties = driver_properties(jvm, connection, **changes)
    # The DriverManager refuses drivers of another class loader than its caller's, so the driver itself is asked.
    driver = reduce(getattr, connection.driver_class.split("."), jvm)
    return driver().connect(connection.url, properties)


def driver_properties(jvm: Any, connection: JdbcConnection, **changes: str) -> Any:
    """Returns the driver's properties in Java; `changes` instead of the connection's."""
    properties = jvm.java.util.Properties()
    for key, value in (connection.properties | changes).items():
        if key != "driver":
            properties.setProperty(key, value)
    return properties


def query(opened: Any, statement: str, *parameters: str) -> list[Row]:
    """Returns the rows of a query on an open connection, as text; parameters stand for `?` and are text."""
    prepared = opened.prepareStatement(statement)
    try:
        for index, value in enumerate(parameters, start=1):
            prepared.setString(index, value)
        results = prepared.executeQuery()
        width = results.getMetaData().getColumnCount()
        rows: list[Row] = []
        while results.next():
            rows.append(tuple(results.getString(index) for index in range(1, width + 1)))
        return rows
    finally:
        prepared.close()


def messages(throwable: Any) -> str:
    """Returns the messages of a Java exception and its causes, on one line, each once."""
    found: dict[str, None] = {}
    for _ in range(20):  # causes may form a ring
        if throwable is None:
            break
        found[" ".join(str(throwable.getMessage()).split()).removesuffix(".")] = None
        throwable = throwable.getCause()
    return ": ".join(found)
