"""The environment's own way into the lake's catalog: the shared connection, by a role that writes no other's tables."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environments.exceptions import NotYetError

Copies = Mapping[str, Mapping[str, str]]
"""Secrets by name: their values in base64."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The database of the lake's catalog, as its connection says."""

    host: str
    port: int
    database: str
    owner: str
    """The role that the shared lake is written by."""


def catalog(copies: Copies, connection: str) -> Catalog:
    """The catalog of this connection, which one of the Secrets has as `<connection>.json`, in Airflow's form.

    Raises:
        NotYetError: none has, or it lacks something.
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
                f"The connection {connection!r} among the Secrets of jobs needs host, schema and login as JSON; "
                "whoever runs the platform mends it."
            ) from error
    raise NotYetError(
        f"No Secret of jobs has '{connection}.json', by which the lake is opened; whoever runs the platform adds it."
    )


def own_copies(copies: Copies, connection: str, *, role: str, password: str) -> dict[str, dict[str, str]]:
    """The Secrets, with this role and its password in the connection; all else in them as it is."""
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
