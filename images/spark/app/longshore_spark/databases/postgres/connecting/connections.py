"""Reads a connection to PostgreSQL from Airflow's JSON form. Pure but for the files that it names."""

import json
import re
from pathlib import Path
from typing import Any

from longshore_spark.databases.postgres.connecting import addresses
from longshore_spark.databases.postgres.connecting.extras import driver_properties
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.outcome.job_run import job_run_id


def parse_connection(connection_id: str, content: dict[str, Any], certificates: Path) -> JdbcConnection:
    """Returns the connection.

    Args:
        certificates: the folder of files that the extra names without a leading `/`.

    Raises:
        ConnectionSettingsError: it lacks something, or asks for what the driver cannot do.
    """
    extra = _extra(connection_id, content.get("extra"))
    # A client's certificate may replace the password.
    needed = ("host", "schema", "login", *(() if extra.get("sslkey") else ("password",)))
    missing = [key for key in needed if not content.get(key)]
    if missing:
        raise ConnectionSettingsError(f"The connection {connection_id!r} lacks {', '.join(missing)}.")
    for key in ("host", "schema", "login", "password"):
        if not isinstance(content.get(key) or "", str):
            raise ConnectionSettingsError(f"The connection {connection_id!r} must have a text as {key}.")
    # The driver reads the host as it stands in the URL, so the host must not hold what ends one there.
    if not re.fullmatch(r"[\w.:%-]+(,[\w.:%-]+)*", content["host"]):
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} must have names or addresses of hosts as host, with commas between "
            "them; a folder of Unix sockets cannot be used."
        )
    port = _port(connection_id, content.get("port"))
    return JdbcConnection(
        id=connection_id,
        conn_type=content["conn_type"],
        host=content["host"],
        port=port,
        database=content["schema"],
        user=content["login"],
        password=content.get("password") or "",
        extra=extra,
        url=addresses.url(content["host"], port, content["schema"]),
        driver_class=addresses.DRIVER,
        driver=addresses.properties(job_run_id() or "longshore")
        | driver_properties(connection_id, extra, certificates),
    )


def _port(connection_id: str, port: Any) -> int:
    if port in (None, ""):
        return addresses.PORT
    if not re.fullmatch(r"\d{1,5}", str(port)) or not 0 < int(port) < 65536:
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a port from 1 to 65535.")
    return int(port)


def _extra(connection_id: str, extra: Any) -> dict[str, Any]:
    # Airflow writes the extra as an object, or as the text of one.
    try:
        found = json.loads(extra) if isinstance(extra, str) and extra else extra or {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a JSON object as extra.")
    return found
