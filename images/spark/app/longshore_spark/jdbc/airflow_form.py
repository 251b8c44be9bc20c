"""The members that connections of all kinds have in Airflow's JSON form. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from longshore_spark.exceptions import ConnectionSettingsError


def check_texts(connection_id: str, content: Mapping[str, Any], needed: Sequence[str]) -> None:
    """Checks that host, schema, login and password are texts, and that the needed ones of them are there.

    Raises:
        ConnectionSettingsError: naming the members.
    """
    missing = [key for key in needed if not content.get(key)]
    if missing:
        raise ConnectionSettingsError(f"The connection {connection_id!r} lacks {', '.join(missing)}.")
    for key in ("host", "schema", "login", "password"):
        if not isinstance(content.get(key) or "", str):
            raise ConnectionSettingsError(f"The connection {connection_id!r} must have a text as {key}.")


def parse_port(connection_id: str, port: Any, default: int) -> int:
    """Returns the port; the default if the connection has none.

    Raises:
        ConnectionSettingsError: it is no port.
    """
    if port in (None, ""):
        return default
    if not re.fullmatch(r"\d{1,5}", str(port)) or not 0 < int(port) < 65536:
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a port from 1 to 65535.")
    return int(port)


def parse_extra(connection_id: str, extra: Any) -> dict[str, Any]:
    """Returns the extra, which Airflow writes as an object, or as the text of one.

    Raises:
        ConnectionSettingsError: it is neither.
    """
    try:
        found = json.loads(extra) if isinstance(extra, str) and extra else extra or {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConnectionSettingsError(f"The connection {connection_id!r} must have a JSON object as extra.")
    return found
