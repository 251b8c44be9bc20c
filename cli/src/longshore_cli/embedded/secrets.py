"""Secrets of the embedded platform: made once, kept in files of mode 0600, handed over by the files' paths only."""

import json
import os
import secrets
from pathlib import Path
from typing import Any


def keep_secret(path: Path) -> str:
    """The secret in the file `path`; a new random one where there is no file yet."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))  # 64 characters: SHA-512 wants no fewer
    return path.read_text()


def write_connection(folder: Path, connection_id: str, connection: dict[str, Any]) -> None:
    """Writes a connection as jobs read it: `<folder>/<connection_id>.json`, in Airflow's JSON form."""
    write_private(folder / f"{connection_id}.json", json.dumps(connection, indent=2))


def write_private(path: Path, text: str) -> None:
    """Writes `text` to `path`, whole, readable by nobody else at any moment."""
    partial = path.with_name(f".{path.name}.new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.rename(path)
