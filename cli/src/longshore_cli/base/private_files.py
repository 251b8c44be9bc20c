"""Files that only their owner can read, and secrets kept in them. Programs get a secret's path, never its value."""

import os
import secrets
from pathlib import Path


def read_or_create_secret(path: Path) -> str:
    """Returns the secret in the file `path`, which is created with a random one if it is missing."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))  # 64 characters, the least that SHA-512 needs
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Replaces the file `path` with `text` in one step. Other users can read it at no moment."""
    partial = path.with_name(f".{path.name}.new")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    partial.rename(path)
