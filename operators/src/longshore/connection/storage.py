"""Objects at a URI: Airflow's `ObjectStoragePath`, and plain paths for `file://`.

Opening the first `ObjectStoragePath` imports the file systems of all providers, boto3 among them (0.7 s of processor
time); a local file needs none of that. Both are used through the part of `pathlib.Path` that they share.
"""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def storage_path(uri: str, *, connection_id: str | None) -> "Path | ObjectStoragePath":
    """Returns the path at `uri` (`file:///…`, `s3://…`, or any scheme that a provider brings).

    Args:
        uri: absolute.
        connection_id: the Airflow connection whose keys open it; not used for `file://`.
    """
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(uri, conn_id=connection_id)


def write_once(path: "Path | ObjectStoragePath", content: bytes) -> None:
    """Writes an object that never changes afterwards; a reader sees either nothing or all of it.

    Raises:
        OSError, ValueError: it cannot be written.
    """
    if path.exists() and path.stat().st_size == len(content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(path, Path):
        path.write_bytes(content)  # an object store shows it when it is whole
        return
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    partial.write_bytes(content)
    partial.rename(path)
