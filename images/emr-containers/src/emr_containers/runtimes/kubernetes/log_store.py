"""Logs in S3."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from emr_containers.runtimes.kubernetes.log_location import LogLocation
from emr_containers.runtimes.logs import Log, Stream

_PASSING = (408, 429)


class LogStoreError(Exception):
    """S3 did not take a log, or did not give it; `passing` says whether it may later."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class LogStore:
    """S3 by boto3's own chain of credentials, region and endpoint. Safe to use from several threads."""

    def __init__(self) -> None:
        self._made = threading.Lock()
        self._client: Any = None
        # Threads of its own: where S3 hangs, the database's do not wait for it.
        self.threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="logs")

    def put(self, path: Path, location: LogLocation, stream: Stream) -> None:
        """Makes the object what the file is; an empty file leaves an object that there is.

        Raises:
            LogStoreError: S3 did not take it.
            OSError: the file cannot be read.
        """
        try:
            # A log that cannot be read any more, after a restart, is better kept as far as it was.
            if path.stat().st_size == 0 and self._exists(location, stream):
                return
            self._s3().upload_file(
                str(path), location.bucket, location.key(stream), ExtraArgs={"ContentType": "text/plain"}
            )
        except (BotoCoreError, ClientError, boto3.exceptions.Boto3Error) as error:
            raise _error(error, location.uri(stream)) from error

    def open(self, location: LogLocation, stream: Stream) -> Log:
        """The object's content.

        Raises:
            FileNotFoundError: there is no such object.
            LogStoreError: S3 did not give it.
        """
        try:
            answer = self._s3().get_object(Bucket=location.bucket, Key=location.key(stream))
        except (BotoCoreError, ClientError) as error:
            if _status(error) == 404:
                raise FileNotFoundError(location.uri(stream)) from error
            raise _error(error, location.uri(stream)) from error
        return Log(file=cast(BinaryIO, answer["Body"]), size=answer["ContentLength"])

    def _exists(self, location: LogLocation, stream: Stream) -> bool:
        try:
            self._s3().head_object(Bucket=location.bucket, Key=location.key(stream))
        except ClientError as error:
            if _status(error) == 404:
                return False
            raise
        return True

    def _s3(self) -> Any:
        with self._made:
            if self._client is None:
                self._client = _client()
            return self._client


def _client() -> Any:
    session = boto3.session.Session()
    # A log that cannot be put now is put again soon; what is said here only bounds how long a thread hangs.
    config = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2, "mode": "standard"})
    client = session.client("s3", config=config)
    if ".amazonaws.com" in client.meta.endpoint_url:
        return client
    # A server of one's own rarely has a host name for every bucket.
    return session.client("s3", config=config.merge(Config(s3={"addressing_style": "path"})))


def _status(error: Exception) -> int:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ClientError):
        cause = cause.__context__
    return 0 if cause is None else int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _error(error: Exception, uri: str) -> LogStoreError:
    status = _status(error)
    passing = not 400 <= status < 500 or status in _PASSING
    return LogStoreError(f"{uri}: {error}", passing=passing)
