"""Spark's properties for the catalog `lake`. Pure."""

from longshore_spark.databases.postgres.connecting.addresses import CONN_TYPES
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection


def catalog_properties(connection: JdbcConnection) -> dict[str, str]:
    """Returns the Spark properties by which the catalog `lake` uses this database. They hold no secret.

    The catalog itself (`catalog/`, in Java) is among the image's defaults, and reads the connection where it is opened.

    Raises:
        ConnectionSettingsError: the connection is not to PostgreSQL, or its extra has no `warehouse`.
    """
    if connection.conn_type not in CONN_TYPES:
        raise ConnectionSettingsError(
            f"The connection {connection.id!r} must have the conn_type {CONN_TYPES[0]!r}: the lake's catalog is in "
            "PostgreSQL."
        )
    if not connection.extra.get("warehouse"):
        raise ConnectionSettingsError(f"The connection {connection.id!r} needs a `warehouse` URI in its extra.")
    return {"spark.sql.catalog.lake.connection": connection.id}
