"""Where a report is kept: a folder, or a place in S3."""

from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


class PlaceError(Exception):
    """The report cannot be kept there; the message names the place and the reason."""


def keep(content: bytes, place: str, name: str) -> str:
    """Writes a file, whole or not at all.

    Args:
        place: an absolute folder, made if it is missing, or `s3://bucket/prefix`; S3 is opened as AWS's clients
            are, by the environment or the pod's role.

    Returns:
        Where it is: a path, or an S3 URI.

    Raises:
        PlaceError: it cannot be written.
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
    # By path, since a server of one's own has no domain name for each bucket; AWS takes both.
    config = Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 3}, connect_timeout=5)
    try:
        boto3.client("s3", config=config).put_object(
            Bucket=parts.netloc, Key=key, Body=content, ContentType="image/png"
        )
    except (BotoCoreError, ClientError, ValueError) as error:
        raise PlaceError(f"The place {place!r} cannot be written to: {error}") from None
    return f"s3://{parts.netloc}/{key}"
