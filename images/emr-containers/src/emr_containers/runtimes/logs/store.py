"""Logs in S3: writing, reading and deleting their objects."""

import gzip
import shutil
import sys
import threading
from collections.abc import Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
)

from emr_containers.runtimes.logs.files import Chain
from emr_containers.runtimes.logs.location import LogLocation
from emr_containers.runtimes.logs.rotation import stream_file_names
from emr_containers.runtimes.logs.streams import STREAMS, Log, Stream

_TRANSIENT_STATUSES = (408, 409, 429)
"""HTTP statuses after which S3 may accept the same request (409: two conditional requests at the same time)."""
_PERMANENT_ERRORS = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, ParamValidationError)
"""Errors of the server's own configuration, before anything is sent."""
_IN_MEMORY = 2**20
"""The largest compressed log, in bytes, that is kept in memory instead of in a file."""
_TYPE = "application/gzip"


class LogStoreError(Exception):
    """S3 did not store or return a log. `transient` says whether a retry may succeed."""

    def __init__(self, reason: str, *, uri: str, transient: bool) -> None:
        super().__init__(f"{uri}: {reason}")
        self.reason, self.transient = reason, transient


class LogStore:
    """S3, with boto3's own chain of credentials, region and endpoint. Safe to use from several threads."""

    def __init__(self) -> None:
        self._made = threading.Lock()
        self._client: Any = None
        # Threads of its own, so that the database's threads do not wait when S3 hangs.
        self.threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="logs")

    def create_empty(self, location: LogLocation, name: str) -> None:
        """Creates an empty object if there is none yet. It needs only the right to write.

        Raises:
            LogStoreError: S3 did not store it.
        """
        try:
            self._s3().put_object(
                Bucket=location.bucket,
                Key=location.key(name),
                Body=gzip.compress(b""),
                IfNoneMatch="*",
                **_arguments(location),
            )
        except (BotoCoreError, ClientError) as error:
            if _status(error) != 412:  # the object exists
                raise _error(error, location.uri(name)) from error

    def put(self, path: Path, location: LogLocation) -> None:
        """Stores the file, compressed; an empty file does not replace an existing object.

        Raises:
            LogStoreError: S3 did not store it.
            OSError: the file cannot be read.
        """
        # After a restart a log may no longer be readable; what was stored before is better than nothing.
        if path.stat().st_size == 0:
            return self.create_empty(location, path.name)
        with path.open("rb") as file, SpooledTemporaryFile(_IN_MEMORY, dir=str(path.parent)) as packed:
            with gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=packed) as packing:
                shutil.copyfileobj(file, packing)
            packed.seek(0)
            try:
                self._s3().upload_fileobj(
                    packed, location.bucket, location.key(path.name), ExtraArgs=_arguments(location)
                )
            except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
                raise _error(error, location.uri(path.name)) from error
        return None

    def delete_others(self, location: LogLocation, names: Collection[str]) -> None:
        """Deletes the objects of rotated files that are not in `names`.

        Raises:
            LogStoreError: S3 did not delete them.
        """
        try:
            for stream in STREAMS:
                for name in self._names(location, stream):
                    if name not in names:
                        self._s3().delete_object(Bucket=location.bucket, Key=location.key(name))
        except (BotoCoreError, ClientError) as error:
            raise _error(error, location.uri("*")) from error

    def open(self, location: LogLocation, stream: Stream) -> Log:
        """Returns a stream's objects as one file.

        Raises:
            FileNotFoundError: there is no object.
            LogStoreError: S3 did not return it.
        """
        names: list[str] = [stream]
        if location.rotated:
            with suppress(
                BotoCoreError, ClientError
            ):  # without the right to list the bucket, only the newest file is read
                names = self._names(location, stream) or names
        return Log(file=cast(BinaryIO, Chain(self._files(location, names))), size=sys.maxsize)

    def names(self, bucket: str, prefix: str) -> list[str]:
        """Returns the keys of all objects that begin with `prefix`, without it.

        Raises:
            LogStoreError: S3 did not list them.
        """
        try:
            return self._keys(bucket, prefix)
        except (BotoCoreError, ClientError) as error:
            raise _error(error, f"s3://{bucket}/{prefix}") from error

    def open_object(self, bucket: str, key: str) -> BinaryIO:
        """Returns an object's content, as it is stored.

        Raises:
            LogStoreError: S3 did not return it.
        """
        try:
            return cast(BinaryIO, self._s3().get_object(Bucket=bucket, Key=key)["Body"])
        except (BotoCoreError, ClientError) as error:
            raise _error(error, f"s3://{bucket}/{key}") from error

    def _files(self, location: LogLocation, names: list[str]) -> Generator[BinaryIO]:
        for name in names:
            try:
                answer = self._s3().get_object(Bucket=location.bucket, Key=location.key(name))
            except (BotoCoreError, ClientError) as error:
                if _status(error) != 404:
                    raise _error(error, location.uri(name)) from error
                if name == names[0] == names[-1]:
                    raise FileNotFoundError(location.uri(name)) from error
                continue  # deleted by now as too old
            with answer["Body"] as body:
                yield cast(BinaryIO, gzip.GzipFile(fileobj=body))

    def _names(self, location: LogLocation, stream: Stream) -> list[str]:
        start = f"{location.prefix}/"
        keys = self._keys(location.bucket, start + stream)
        return stream_file_names([f"{stream}{key}".removesuffix(".gz") for key in keys], stream)

    def _keys(self, bucket: str, prefix: str) -> list[str]:
        pages = self._s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"].removeprefix(prefix) for page in pages for entry in page.get("Contents", [])]

    def _s3(self) -> Any:
        with self._made:
            if self._client is None:
                try:
                    self._client = _client()
                except ValueError as error:  # the endpoint is not a URL
                    raise LogStoreError(str(error), uri="S3", transient=False) from error
            return self._client


def _arguments(location: LogLocation) -> dict[str, str]:
    arguments = {"ContentType": _TYPE}
    if location.encryption_key is not None:
        arguments |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": location.encryption_key}
    return arguments


def _client() -> Any:
    session = boto3.session.Session()
    # A failed upload is repeated soon; these limits only bound how long a thread can hang.
    config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2, "mode": "standard"})
    client = session.client("s3", config=config)
    if ".amazonaws.com" in client.meta.endpoint_url:
        return client
    # An S3 server other than AWS rarely has a host name for every bucket.
    return session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))


def _status(error: BaseException) -> int:
    return next(
        (
            int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            for cause in _causes(error)
            if isinstance(cause, ClientError)
        ),
        0,
    )


def _causes(error: BaseException | None) -> Generator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _error(error: Exception, uri: str) -> LogStoreError:
    status = _status(error)
    permanent = (400 <= status < 500 and status not in _TRANSIENT_STATUSES) or any(
        isinstance(e, _PERMANENT_ERRORS) for e in _causes(error)
    )
    return LogStoreError(str(error), uri=uri, transient=not permanent)
