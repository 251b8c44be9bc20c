"""Connections by name: read where the job runs, so that no request, template or log ever holds a password."""

import json
import os
from pathlib import Path
from typing import Any

from longshore_spark.command_line.grammars import Grammar
from longshore_spark.databases.dialects import DIALECTS, dialects
from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection

DEFAULT_FOLDER = "/etc/longshore/connections"
"""The folder in which an image has its connections mounted; `LONGSHORE_CONNECTIONS` names another one."""
_CERTIFICATES = "certificates"
"""The folder beside it, for files that connections name: executors have it, and no connections."""


def read_connection(connection_id: str) -> JdbcConnection:
    """Reads the connection `connection_id` of this job from a file in Airflow's JSON form.

    Raises:
        ConnectionSettingsError: the file is missing, or lacks something.
    """
    folder = Path(os.environ.get("LONGSHORE_CONNECTIONS", DEFAULT_FOLDER))
    try:
        content = json.loads((folder / f"{connection_id}.json").read_text())
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} is not known to this job; it has {known}. Use one of these, or add it."
        ) from None
    except (OSError, ValueError) as error:
        raise ConnectionSettingsError(
            f"The connection {connection_id!r} cannot be read ({type(error).__name__}); check its file in the job's "
            "connections."
        ) from None
    return parse_connection(connection_id, content, folder)


def read_grammar(connection_id: str) -> Grammar:
    """Reads the connection, and returns the grammar of its database. Raises as `read_connection`."""
    return DIALECTS[read_connection(connection_id).conn_type].grammar


def parse_connection(connection_id: str, content: Any, folder: Path = Path(DEFAULT_FOLDER)) -> JdbcConnection:
    """Returns a connection from Airflow's JSON form.

    Args:
        folder: of the connections; files that they name without a leading `/` are in `certificates` beside it.

    Raises:
        ConnectionSettingsError: no dialect has its `conn_type`, or it lacks something.
    """
    conn_type = content.get("conn_type") if isinstance(content, dict) else None
    if conn_type not in DIALECTS:
        known = " or ".join(repr(dialect.conn_types[0]) for dialect in dialects())
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have the conn_type {known}.")
    return DIALECTS[conn_type].parse_connection(connection_id, content, folder.parent / _CERTIFICATES)
