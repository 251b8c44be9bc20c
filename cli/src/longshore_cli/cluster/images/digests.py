"""Digests of the inputs of a build: the same content gives the same digest on every machine."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_NOT_BUILT_FROM = {".venv", ".jars", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def files(root: Path, inputs: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yields the files below `root` in `inputs` (files or folders): the name relative to `root`, and the path.

    Sorted by name, without files that were set up or compiled there.
    """
    for name in sorted(inputs):
        path = root / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for each in found:
            relative = each.relative_to(root)
            if not _NOT_BUILT_FROM & set(relative.parts) and (each.is_file() or each.is_symlink()):
                yield relative.as_posix(), each


def digest(contents: Iterable[tuple[str, Path]], *more: str) -> str:
    """Returns 12 hex digits over the files' names, execute permissions and contents, and the texts `more`."""
    found = hashlib.sha256("\0".join(more).encode())
    for name, path in contents:
        executable = bool(path.stat().st_mode & 0o100)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"\n{name} {executable} {content}".encode())
    return found.hexdigest()[:12]
