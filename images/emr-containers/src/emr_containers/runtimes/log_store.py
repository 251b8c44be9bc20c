"""Logs in S3."""

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

from emr_containers.runtimes.log_files import Chain
from emr_containers.runtimes.log_location import LogLocation
from emr_containers.runtimes.log_rotation import kept
from emr_containers.runtimes.logs import STREAMS, Log, Stream

_PASSING = (408, 409, 429)
"""Statuses of a refusal that S3 may take back (409: two conditional requests at once)."""
_LASTING = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, ParamValidationError)
"""What is wrong before anything is sent."""
_IN_MEMORY = 2**20
"""Bytes of a compressed log that need no file on the way."""
_TYPE = "application/gzip"


class LogStoreError(Exception):
    """S3 did not take a log, or did not give it; `passing` says whether it may later."""

    def __init__(self, reason: str, *, uri: str, passing: bool) -> None:
        super().__init__(f"{uri}: {reason}")
        self.reason, self.passing = reason, passing


class LogStore:
    """S3 by boto3's own chain of credentials, region and endpoint. Safe to use from several threads."""

    def __init__(self) -> None:
        self._made = threading.Lock()
        self._client: Any = None
        # Threads of its own: where S3 hangs, the database's do not wait for it.
        self.threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="logs")

    def begin(self, location: LogLocation, name: str) -> None:
        """Makes an empty object where there is none; it asks for no right but that to write.

        Raises:
            LogStoreError: S3 did not take it.
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
            if _status(error) != 412:  # it is there
                raise _error(error, location.uri(name)) from error

    def put(self, path: Path, location: LogLocation) -> None:
        """Makes the object what the file is, compressed; an empty file leaves an object that there is.

        Raises:
            LogStoreError: S3 did not take it.
            OSError: the file cannot be read.
        """
        # A log that cannot be read any more, after a restart, is better kept as far as it was.
        if path.stat().st_size == 0:
            return self.begin(location, path.name)
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

    def keep(self, location: LogLocation, names: Collection[str]) -> None:
        """Deletes objects of rotated files that are not among these.

        Raises:
            LogStoreError: S3 did not do it.
        """
        try:
            for stream in STREAMS:
                for name in self._names(location, stream):
                    if name not in names:
                        self._s3().delete_object(Bucket=location.bucket, Key=location.key(name))
        except (BotoCoreError, ClientError) as error:
            raise _error(error, location.uri("*")) from error

    def open(self, location: LogLocation, stream: Stream) -> Log:
        """A stream's objects as one file.

        Raises:
            FileNotFoundError: there is no such object.
            LogStoreError: S3 did not give it.
        """
        names: list[str] = [stream]
        if location.rotated:
            with suppress(BotoCoreError, ClientError):  # who may not list the bucket reads the newest
                names = self._names(location, stream) or names
        return Log(file=cast(BinaryIO, Chain(self._files(location, names))), size=sys.maxsize)

    def _files(self, location: LogLocation, names: list[str]) -> Generator[BinaryIO]:
        for name in names:
            try:
                answer = self._s3().get_object(Bucket=location.bucket, Key=location.key(name))
            except (BotoCoreError, ClientError) as error:
                if _status(error) != 404:
                    raise _error(error, location.uri(name)) from error
                if name == names[0] == names[-1]:
                    raise FileNotFoundError(location.uri(name)) from error
                continue  # it was too old by now
            with answer["Body"] as body:
                yield cast(BinaryIO, gzip.GzipFile(fileobj=body))

    def _names(self, location: LogLocation, stream: Stream) -> list[str]:
        start = f"{location.prefix}/"
        pages = self._s3().get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=start + stream)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return kept([key.removeprefix(start).removesuffix(".gz") for key in keys], stream)

    def _s3(self) -> Any:
        with self._made:
            if self._client is None:
                try:
                    self._client = _client()
                except ValueError as error:  # an endpoint that is no URL
                    raise LogStoreError(str(error), uri="S3", passing=False) from error
            return self._client


def _arguments(location: LogLocation) -> dict[str, str]:
    arguments = {"ContentType": _TYPE}
    if location.encryption_key is not None:
        arguments |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": location.encryption_key}
    return arguments


def _client() -> Any:
    session = boto3.session.Session()
    # A log that cannot be put now is put again soon; what is said here only bounds how long a thread hangs.
    config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2, "mode": "standard"})
    client = session.client("s3", config=config)
    if ".amazonaws.com" in client.meta.endpoint_url:
        return client
    # A server of one's own rarely has a host name for every bucket.
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
    lasting = (400 <= status < 500 and status not in _PASSING) or any(isinstance(e, _LASTING) for e in _causes(error))
    return LogStoreError(str(error), uri=uri, passing=not lasting)
