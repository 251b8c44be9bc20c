"""Where an environment's snapshots of commits and logs of tasks are kept, as far as they have to be removed."""

import asyncio
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from environments.exceptions import StorageError

_PATIENCE = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3})


class Storage:
    """S3; credentials, and another server's address (AWS_ENDPOINT_URL_S3), come from the process's environment."""

    async def remove_folder(self, url: str) -> None:
        """Deletes all objects below `s3://bucket/folder`; once more changes nothing.

        Raises:
            StorageError: the storage refuses, or does not answer.
        """
        await asyncio.to_thread(_remove_folder, url)


def _remove_folder(url: str) -> None:
    parts = urlsplit(url)
    prefix = parts.path.strip("/") + "/"
    try:
        client = boto3.client("s3", config=_PATIENCE)
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix):
            if objects := page.get("Contents"):
                answer = client.delete_objects(
                    Bucket=parts.netloc, Delete={"Objects": [{"Key": each["Key"]} for each in objects], "Quiet": True}
                )
                for refused in answer.get("Errors") or []:
                    raise StorageError(f"{url!r} cannot be emptied: {refused.get('Key')!r}: {refused.get('Message')}")
    except (BotoCoreError, ClientError) as error:
        raise StorageError(f"{url!r} cannot be emptied: {error}") from error
