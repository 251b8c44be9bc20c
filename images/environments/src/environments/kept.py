"""What outlives an environment: connections, variables and pools that were made in its Airflow, as a Secret. Pure.

The rows are as Airflow's tables have them, encrypted where Airflow encrypts, and Airflow's Fernet key is beside them.
The Secret carries the UID of the environment that had all of it last: one with another UID is yet to get it.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environments.build.objects import Manifest, labels
from environments.exceptions import KeepError
from environments.names import KEPT_PREFIX, UID_LABEL
from environments.spec import Environment

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
"""By the names of Airflow's tables."""
UNIQUE = {"connection": "conn_id", "variable": "key", "slot_pool": "pool"}
"""The tables, and the column by which people know a row. Source: airflow.models.{connection,variable,pool} 3.3."""
DEFAULT_POOL = "default_pool"
MOST_BYTES = 1024 * 1024
"""Of a Secret's values together. Source: Kubernetes, `MaxSecretSize`."""
_ENCRYPTED = ("is_encrypted", "is_extra_encrypted")
_AS_MADE = {"slots": 128, "description": "Default pool", "include_deferred": False}
"""Airflow's own pool as Airflow makes it. Source: airflow.utils.db.add_default_pool_if_not_exists."""
_KEY = "fernet-key"


@dataclass(frozen=True, kw_only=True, repr=False)
class Kept:
    """What is kept; never shown."""

    uid: str
    """Of the environment that had all of it last."""
    fernet_key: str
    """Empty: it is lost."""
    tables: Tables


def secret_name(environment: Environment) -> str:
    """Of the Secret beside the object: the same for each environment of this owner and name, and for no other."""
    whose = hashlib.sha256(f"{environment.owner}/{environment.name}".encode()).hexdigest()
    return f"{KEPT_PREFIX}{environment.name}-{whose[:32]}"


def read(secret: Mapping[str, Any] | None) -> Kept | None:
    """What a Secret holds; None where there is no Secret.

    Raises:
        KeepError: somebody has changed it, so that it cannot be read.
    """
    if secret is None:
        return None
    metadata, data = secret["metadata"], secret.get("data") or {}
    try:
        texts = {key: base64.b64decode(value).decode() for key, value in data.items()}
        tables = {table: [dict(row) for row in json.loads(texts.get(f"{table}.json", "[]"))] for table in UNIQUE}
    except (ValueError, TypeError, RecursionError) as error:
        raise KeepError(
            f"The Secret {metadata['name']!r} in {metadata['namespace']!r}, with what an earlier environment has left, "
            "cannot be read; whoever runs the platform mends it, or removes it."
        ) from error
    return Kept(uid=(metadata.get("labels") or {}).get(UID_LABEL, ""), fernet_key=texts.get(_KEY, ""), tables=tables)


def secret(environment: Environment, kept: Kept) -> Manifest:
    """The Secret.

    Raises:
        KeepError: it is too much for one.
    """
    texts = {f"{table}.json": json.dumps(rows, ensure_ascii=False) for table, rows in kept.tables.items()}
    values = {key: text.encode() for key, text in {_KEY: kept.fernet_key, **texts}.items()}
    if sum(map(len, values.values())) > MOST_BYTES:
        raise too_much(environment.name)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(environment),
            "namespace": environment.namespace,
            "labels": {**labels(environment), UID_LABEL: kept.uid},
        },
        "type": "Opaque",
        "data": {key: base64.b64encode(value).decode() for key, value in values.items()},
    }


def rows_of(table: str, text: str, *, name: str) -> list[Row]:
    """The rows of a table that PostgreSQL gives as JSON: whatever the environment's code has put in its place.

    Raises:
        KeepError: they are none of Airflow's, whose columns are numbers, texts and truths.
    """
    try:
        rows = [dict(row) for row in json.loads(text)]
        json.dumps(rows, ensure_ascii=False).encode()  # half a character is none
        if any(isinstance(value, list | dict) for row in rows for value in row.values()):
            raise ValueError("a value is no single one")
    except (ValueError, TypeError, RecursionError) as error:
        raise KeepError(
            f"The table {table!r} of {name!r} is not as Airflow makes it, and cannot be kept, so it is not deleted "
            "yet: mend the table, or give up all that was made in it by `longshore env delete --forget`."
        ) from error
    return rows


def too_much(name: str) -> KeepError:
    """Why an environment is not deleted yet."""
    return KeepError(
        f"The connections, variables and pools of {name!r} are more than the {MOST_BYTES // 1024} KiB that can be "
        "kept, so it is not deleted yet: remove some in its Airflow, or give up all of them by "
        f"`longshore env delete {name} --forget`."
    )


def developer_made(tables: Tables, *, fernet_key: str) -> Tables:
    """Without what Airflow makes itself; and, where the key is lost, without what nobody can read any more."""
    return {
        table: [
            row
            for row in rows
            if not _is_airflows(table, row) and (fernet_key or not any(row.get(name) for name in _ENCRYPTED))
        ]
        for table, rows in tables.items()
    }


def merged(earlier: Tables, later: Tables) -> Tables:
    """Both; of what both have, the later."""
    found = {}
    for table, unique in UNIQUE.items():
        rows = [*earlier.get(table, []), *later.get(table, [])]
        found[table] = list({str(row.get(unique)): row for row in rows}.values())
    return found


def _is_airflows(table: str, row: Row) -> bool:
    is_default = table == "slot_pool" and row.get("pool") == DEFAULT_POOL
    return is_default and all(row.get(name) == value for name, value in _AS_MADE.items())
