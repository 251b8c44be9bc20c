"""The place of a report: a folder, or a prefix in S3."""

from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


class PlaceError(Exception):
    """The report cannot be written there; the message names the place and the reason."""


def keep(content: bytes, place: str, name: str) -> str:
    """Writes a file, whole or not at all.

    Args:
        place: an absolute folder, created if it is missing, or `s3://bucket/prefix`; credentials of S3 come from the
            environment or the pod's role, as for all AWS clients.

    Returns:
        The place of the file: a path, or an S3 URI.

    Raises:
        PlaceError: the file cannot be written.
    """
    return _to_s3(content, place, name) if place.startswith("s3://") else _to_folder(content, Path(place), name)


def _to_folder(content: bytes, folder: Path, name: str) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / f".{name}.partial"
        partial.write_bytes(content)
        partial.rename(folder / name)
    except OSError as error:
        raise PlaceError(f"The folder {str(folder)!r}: {error.strerror}.") from None
    return str(folder / name)


def _to_s3(content: bytes, place: str, name: str) -> str:
    parts = urlsplit(place)
    key = "/".join(part for part in (parts.path.strip("/"), name) if part)
    if not parts.netloc:
        raise PlaceError(f"The place {place!r} names no bucket; write s3://bucket/prefix.")
    # Addressed by path, because a self-hosted server has no domain name for each bucket; AWS accepts both.
    config = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5)
    try:
        boto3.client("s3", config=config).put_object(
            Bucket=parts.netloc, Key=key, Body=content, ContentType="image/png"
        )
    except (BotoCoreError, ClientError, ValueError) as error:
        raise PlaceError(f"The place {place!r} cannot be written to: {error}") from None
    return f"s3://{parts.netloc}/{key}"
