"""Stores texts that do not fit into a template parameter as objects; the job gets their address."""

import hashlib

from longshore.connection.settings import PlatformSettings
from longshore.connection.storage import storage_path, write_once
from longshore.exceptions import ArtifactError

VALUE_LENGTH = 1024
"""The longest value of a template parameter, in characters (the API's `String1024`)."""


def by_reference(text: str, *, settings: PlatformSettings) -> str:
    """Returns `text` itself if it fits into a template parameter, else `@<uri>` of an object that holds it.

    The text's digest names the object, so that a repeated task finds it, and different texts never share one.

    Raises:
        ConnectionSettingsError: the text is too long and the connection has no `artifact_uri`.
        ArtifactError: the object could not be written.
    """
    if len(text) <= VALUE_LENGTH:
        return text
    uri = f"{settings.require('artifact_uri').rstrip('/')}/{hashlib.sha256(text.encode()).hexdigest()}.sql"
    try:
        write_once(storage_path(uri, connection_id=settings.connection_id), text.encode())
    except (OSError, ValueError, ImportError) as error:
        raise ArtifactError(
            f"Cannot write the SQL text ({len(text)} characters) to {uri!r}: {error}. "
            f"Make 'artifact_uri' of the connection {settings.connection_id!r} a place that Airflow may write to "
            "(s3:// needs the package s3fs)."
        ) from error
    return f"@{uri}"
