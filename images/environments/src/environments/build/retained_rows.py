"""The connections, variables and pools that outlive an environment, and the Secret that retains them. Pure.

The rows are as Airflow's tables hold them, encrypted where Airflow encrypts; Airflow's Fernet key is stored with them.
The Secret carries the UID of the last environment that had all rows. An environment with another UID has yet to get
them.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environments.build.objects import Manifest, labels
from environments.exceptions import RetentionError
from environments.resource.names import RETAINED_PREFIX, UID_LABEL
from environments.resource.spec import Environment

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
"""Rows by the name of Airflow's table."""
KEY_COLUMNS = {"connection": "conn_id", "variable": "key", "slot_pool": "pool"}
"""The retained tables, each with the column by which users know a row.

Source: airflow.models.{connection,variable,pool} 3.3.
"""
DEFAULT_POOL = "default_pool"
MAX_BYTES = 1024 * 1024
"""Maximum size of a Secret's values together. Source: Kubernetes, `MaxSecretSize`."""
_ENCRYPTED = ("is_encrypted", "is_extra_encrypted")
_UNCHANGED_POOL = {"slots": 128, "description": "Default pool", "include_deferred": False}
"""The default pool as Airflow creates it. Source: airflow.utils.db.add_default_pool_if_not_exists."""
_KEY = "fernet-key"


@dataclass(frozen=True, kw_only=True, repr=False)
class Retained:
    """Rows with the key that decrypts them; never shown."""

    uid: str
    """UID of the last environment that had all rows."""
    fernet_key: str
    """An empty text if the key is lost."""
    tables: Tables


def secret_name(environment: Environment) -> str:
    """Returns the name of the Secret, which depends on the environment's owner and name and on nothing else."""
    identity = hashlib.sha256(f"{environment.owner}/{environment.name}".encode()).hexdigest()
    return f"{RETAINED_PREFIX}{environment.name}-{identity[:32]}"


def read(secret: Mapping[str, Any] | None) -> Retained | None:
    """Returns the rows in a Secret; None if there is no Secret.

    Raises:
        RetentionError: the Secret was changed by hand and cannot be read.
    """
    if secret is None:
        return None
    metadata, data = secret["metadata"], secret.get("data") or {}
    try:
        texts = {key: base64.b64decode(value).decode() for key, value in data.items()}
        tables = {table: [dict(row) for row in json.loads(texts.get(f"{table}.json", "[]"))] for table in KEY_COLUMNS}
    except (ValueError, TypeError, RecursionError) as error:
        raise RetentionError(
            f"The Secret {metadata['name']!r} in {metadata['namespace']!r}, which retains rows of an earlier "
            "environment, cannot be read. Ask the platform operator to repair or delete it."
        ) from error
    uid = (metadata.get("labels") or {}).get(UID_LABEL, "")
    return Retained(uid=uid, fernet_key=texts.get(_KEY, ""), tables=tables)


def secret(environment: Environment, retained: Retained) -> Manifest:
    """Returns the Secret that retains the rows.

    Raises:
        RetentionError: the rows are too large for a Secret.
    """
    texts = {f"{table}.json": json.dumps(rows, ensure_ascii=False) for table, rows in retained.tables.items()}
    values = {key: text.encode() for key, text in {_KEY: retained.fernet_key, **texts}.items()}
    if sum(map(len, values.values())) > MAX_BYTES:
        raise too_large(environment.name)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": secret_name(environment),
            "namespace": environment.namespace,
            "labels": {**labels(environment), UID_LABEL: retained.uid},
        },
        "type": "Opaque",
        "data": {key: base64.b64encode(value).decode() for key, value in values.items()},
    }


def parsed_rows(table: str, text: str, *, name: str) -> list[Row]:
    """Returns the rows of a table from the JSON that PostgreSQL gives; the environment's code may have replaced it.

    Raises:
        RetentionError: they are not rows of Airflow's, whose columns hold numbers, texts and booleans.
    """
    try:
        rows = [dict(row) for row in json.loads(text)]
        json.dumps(rows, ensure_ascii=False).encode()  # fails for half a surrogate pair
        if any(isinstance(value, list | dict) for row in rows for value in row.values()):
            raise ValueError("a value is a list or an object")
    except (ValueError, TypeError, RecursionError) as error:
        raise RetentionError(
            f"The table {table!r} of {name!r} is not as Airflow creates it, so its rows cannot be retained, and the "
            "environment is not deleted yet. Repair the table, or discard all rows with "
            "`longshore env delete --forget`."
        ) from error
    return rows


def too_large(name: str) -> RetentionError:
    """Returns the error about rows that do not fit into a Secret."""
    return RetentionError(
        f"The connections, variables and pools of {name!r} are more than the {MAX_BYTES // 1024} KiB that can be "
        "retained, so the environment is not deleted yet. Delete some of them in its Airflow, or discard all of them "
        f"with `longshore env delete {name} --forget`."
    )


def developer_rows(tables: Tables, *, fernet_key: str) -> Tables:
    """Returns the rows without those that Airflow creates and, if the key is lost, without the encrypted ones."""
    return {
        table: [
            row
            for row in rows
            if not _is_unchanged_pool(table, row) and (fernet_key or not any(row.get(name) for name in _ENCRYPTED))
        ]
        for table, rows in tables.items()
    }


def merged(earlier: Tables, later: Tables) -> Tables:
    """Returns the rows of both; a row that both have is the later one."""
    found = {}
    for table, column in KEY_COLUMNS.items():
        rows = [*earlier.get(table, []), *later.get(table, [])]
        found[table] = list({str(row.get(column)): row for row in rows}.values())
    return found


def _is_unchanged_pool(table: str, row: Row) -> bool:
    is_default = table == "slot_pool" and row.get("pool") == DEFAULT_POOL
    return is_default and all(row.get(name) == value for name, value in _UNCHANGED_POOL.items())
