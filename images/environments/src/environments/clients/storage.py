"""The object store with an environment's snapshots and logs: removes them."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from environments.exceptions import StorageError

_PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3})


def _client() -> Any:
    return boto3.client("s3", config=_PATIENCE)


class Storage:
    """S3; credentials, and another server's address (AWS_ENDPOINT_URL_S3), come from the process's environment.

    Args:
        client: returns boto3's client of S3.
    """

    def __init__(self, *, client: Callable[[], Any] = _client) -> None:
        self._client = client

    async def remove_folder(self, url: str) -> None:
        """Deletes all objects below `s3://bucket/folder`; once more changes nothing.

        Raises:
            StorageError: the storage refuses, or does not answer.
        """
        await asyncio.to_thread(_remove_folder, url, self._client)


def _remove_folder(url: str, make_client: Callable[[], Any]) -> None:
    parts = urlsplit(url)
    prefix = parts.path.strip("/") + "/"
    try:
        client = make_client()
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix):
            if objects := page.get("Contents"):
                answer = client.delete_objects(
                    Bucket=parts.netloc, Delete={"Objects": [{"Key": each["Key"]} for each in objects], "Quiet": True}
                )
                for refused in answer.get("Errors") or []:
                    raise StorageError(f"{url!r} cannot be emptied: {refused.get('Key')!r}: {refused.get('Message')}")
    except (BotoCoreError, ClientError) as error:
        raise StorageError(f"{url!r} cannot be emptied: {error}") from error
