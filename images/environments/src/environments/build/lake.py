"""The environment's connection to the lake's catalog: the shared one, with a role that writes its own tables only."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environments.exceptions import NotYetError

Copies = Mapping[str, Mapping[str, str]]
"""Values of Secrets in base64, by the Secret's name and by key."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The database of the lake's catalog, read from its connection."""

    host: str
    port: int
    database: str
    owner: str
    """The role that writes the shared lake."""


def catalog(copies: Copies, connection: str) -> Catalog:
    """Returns the catalog of this connection, which a Secret has as `<connection>.json` in Airflow's form.

    Raises:
        NotYetError: no Secret has it, or it is incomplete.
    """
    for data in copies.values():
        if (encoded := data.get(f"{connection}.json")) is None:
            continue
        try:
            found = _decoded(encoded)
            return Catalog(
                host=found["host"],
                port=int(found.get("port") or 5432),
                database=found["schema"],
                owner=found["login"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotYetError(
                f"The connection {connection!r} in the Secrets of jobs needs host, schema and login as JSON. Ask the "
                "platform operator to correct it."
            ) from error
    raise NotYetError(
        f"No Secret of jobs has '{connection}.json', which opens the lake. Ask the platform operator to add it."
    )


def own_copies(copies: Copies, connection: str, *, role: str, password: str) -> dict[str, dict[str, str]]:
    """Returns the Secrets with this role and its password in the connection."""
    key = f"{connection}.json"

    def own(encoded: str) -> str:
        return base64.b64encode(
            json.dumps({**_decoded(encoded), "login": role, "password": password}).encode()
        ).decode()

    return {
        name: {each: own(value) if each == key else value for each, value in data.items()}
        for name, data in copies.items()
    }


def _decoded(encoded: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.b64decode(encoded))
    return found
