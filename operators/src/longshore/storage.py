"""Objects at a URI: Airflow's `ObjectStoragePath`, and plain paths for `file://`.

Opening the first `ObjectStoragePath` imports the file systems of all providers, boto3 among them (0.7 s of processor
time); a local file needs none of that. Both are used through the part of `pathlib.Path` that they share.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from airflow.sdk import ObjectStoragePath


def storage_path(uri: str, *, connection_id: str | None) -> "Path | ObjectStoragePath":
    """The path at `uri` (`file:///…`, `s3://…`, or any scheme that a provider brings).

    Args:
        uri: absolute.
        connection_id: the Airflow connection whose keys open it; not used for `file://`.
    """
    parts = urlsplit(uri)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    from airflow.sdk import ObjectStoragePath

    return ObjectStoragePath(uri, conn_id=connection_id)
