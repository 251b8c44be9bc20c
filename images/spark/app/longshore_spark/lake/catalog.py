"""Spark's properties for the catalog `lake`. Pure."""

from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection


def catalog_properties(connection: JdbcConnection) -> dict[str, str]:
    """Returns the Spark properties by which the catalog `lake` uses this database. They hold no secret.

    The catalog itself (`catalog/`, in Java) is among the image's defaults, and reads the connection where it is opened.

    Raises:
        ConnectionSettingsError: the connection's extra has no `warehouse`.
    """
    if not connection.extra.get("warehouse"):
        raise ConnectionSettingsError(f"The connection {connection.id!r} needs a `warehouse` URI in its extra.")
    return {"spark.sql.catalog.lake.connection": connection.id}
