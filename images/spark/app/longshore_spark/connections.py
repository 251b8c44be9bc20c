"""Connections by name: read where the job runs, so that no request, template or log ever holds a password."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore_spark.exceptions import ConnectionSettingsError

DEFAULT_FOLDER = "/etc/longshore/connections"
"""Where an image has its connections mounted; `LONGSHORE_CONNECTIONS` says another folder."""


@dataclass(frozen=True, kw_only=True)
class JdbcConnection:
    """A database, and how to connect to it."""

    id: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """The JDBC URL; it holds no secret."""
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"

    @property
    def properties(self) -> dict[str, str]:
        """JDBC properties. Source: PostgreSQL JDBC driver, "Connection parameters"."""
        return {
            "user": self.user,
            "password": self.password,
            "driver": "org.postgresql.Driver",
            "connectTimeout": "10",
            "ApplicationName": "longshore",
            "reWriteBatchedInserts": "true",  # one INSERT of many rows, not many INSERTs
        }


def read_connection(connection_id: str) -> JdbcConnection:
    """The connection `connection_id` of this job, from a file in Airflow's JSON form.

    Raises:
        ConnectionSettingsError: there is no such file, or it lacks something.
    """
    folder = Path(os.environ.get("LONGSHORE_CONNECTIONS", DEFAULT_FOLDER))
    try:
        content = json.loads((folder / f"{connection_id}.json").read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} is not known to this job; it has {known}. Use one, or add it."
        ) from None
    except (OSError, ValueError) as error:
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} cannot be read ({type(error).__name__}); check its file in the job's "
            "connections."
        ) from None
    return parse_connection(connection_id, content)


def parse_connection(connection_id: str, content: Any) -> JdbcConnection:
    """A connection from Airflow's JSON form. Pure.

    Raises:
        ConnectionSettingsError: it is not a PostgreSQL connection, or lacks something.
    """
    if not isinstance(content, dict) or content.get("conn_type") not in ("postgres", "postgresql"):
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have the conn_type 'postgres'.")
    missing = [key for key in ("host", "schema", "login", "password") if not content.get(key)]
    if missing:
        raise ConnectionSettingsError(f"The connection {connection_id!r} lacks {', '.join(missing)}.")
    for key in ("host", "schema", "login", "password"):
        if not isinstance(content[key], str):
            raise ConnectionSettingsError(f"The connection {connection_id!r} must have a text as {key}.")
    return JdbcConnection(
        id=connection_id,
        host=content["host"],
        port=_port(connection_id, content.get("port")),
        database=content["schema"],
        user=content["login"],
        password=content["password"],
        extra=_extra(connection_id, content.get("extra")),
    )


def _port(connection_id: str, port: Any) -> int:
    if port in (None, ""):
        return 5432
    if not re.fullmatch(r"\d{1,5}", str(port)) or not 0 < int(port) < 65536:
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a port from 1 to 65535.")
    return int(port)


def _extra(connection_id: str, extra: Any) -> dict[str, Any]:
    # Airflow writes it as an object or as the text of one.
    try:
        found = json.loads(extra) if isinstance(extra, str) and extra else extra or {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a JSON object as extra.")
    return found


def catalog_properties(connection: JdbcConnection) -> dict[str, str]:
    """Spark properties by which the catalog `lake` uses this database. They hold no secret.

    The catalog itself (`catalog/`, in Java) is among the image's defaults, and reads the connection where it is opened.

    Raises:
        ConnectionSettingsError: the connection's extra has no `warehouse`.
    """
    if not connection.extra.get("warehouse"):
        raise ConnectionSettingsError(f"The connection {connection.id!r} needs a `warehouse` URI in its extra.")
    return {"spark.sql.catalog.lake.connection": connection.id}
