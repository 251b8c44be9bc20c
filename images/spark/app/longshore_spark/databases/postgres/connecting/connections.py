"""Reads a connection to PostgreSQL from Airflow's JSON form. Pure but for the files that it names."""

import re
from pathlib import Path
from typing import Any

from longshore_spark.databases.postgres.connecting import addresses
from longshore_spark.databases.postgres.connecting.extras import driver_properties
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.airflow_form import check_texts, parse_extra, parse_port
from longshore_spark.outcome.job_run import job_run_id


def parse_connection(connection_id: str, content: dict[str, Any], certificates: Path) -> JdbcConnection:
    """Returns the connection.

    Args:
        certificates: the folder of files that the extra names without a leading `/`.

    Raises:
        ConnectionSettingsError: it lacks something, or asks for what the driver cannot do.
    """
    extra = parse_extra(connection_id, content.get("extra"))
    # A client's certificate may replace the password.
    needed = ("host", "schema", "login", *(() if extra.get("sslkey") else ("password",)))
    check_texts(connection_id, content, needed)
    # The driver reads the host as it stands in the URL, so the host must not hold what ends one there.
    if not re.fullmatch(r"[\w.:%-]+(,[\w.:%-]+)*", content["host"]):
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} must have names or addresses of hosts as host, with commas between "
            "them; a folder of Unix sockets cannot be used."
        )
    port = parse_port(connection_id, content.get("port"), addresses.PORT)
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
