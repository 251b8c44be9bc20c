"""Keeps a log in S3 as it grows in files here."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.backoff import Backoff
from emr_containers.runtimes.log_files import file_names
from emr_containers.runtimes.log_location import LogLocation, upload_interval
from emr_containers.runtimes.log_store import LogStore, LogStoreError
from emr_containers.runtimes.logs import STREAMS

log = structlog.get_logger()
T = TypeVar("T")
_LAST_SECONDS = 300.0
"""How long a run's end waits for S3 to take the whole log."""

_FIRST_SECONDS = 10.0
"""How long a run's start waits for S3 to say whether it takes a log at all."""

Seen = tuple[int, int]
"""A file's inode and size: one that has the same as when it was sent needs no second upload."""


async def begin_log(store: LogStore, location: LogLocation, *, job_run: str) -> None:
    """Puts the first file of a run's log where there is none yet.

    Raises:
        ValidationException: S3 refuses it, and will.
    """
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            await asyncio.get_running_loop().run_in_executor(store.threads, store.begin, location, "stdout")
    except TimeoutError:
        log.warning("S3 does not answer; a job run starts all the same", job_run=job_run, bucket=location.bucket)
    except LogStoreError as error:
        if not error.passing:
            # The reason first: what is said of a job run is cut after 256 characters.
            raise ValidationException(
                f"The log cannot be written to 's3://{location.bucket}': {error.reason}"
            ) from error
        log.warning("a log cannot be stored now; the job run starts all the same", job_run=job_run, error=str(error))


class LogUpload:
    """One run's log, from its beginning to its end."""

    def __init__(self, *, store: LogStore, folder: Path, location: LogLocation) -> None:
        self._store, self._folder, self._location = store, folder, location
        self._closing = asyncio.Event()
        self._sent: dict[str, Seen] = {}
        self._stored: set[str] = set()
        """What S3 has, once it was asked to have no more than that."""
        self._failed: str | None = None
        # One after the other: an upload that hangs must not come after the last one, with less in it.
        self._task = asyncio.create_task(self._keep())

    async def finish(self) -> bool:
        """Uploads what is left of the log; False where S3 did not take it in time, and it stays here."""
        self._closing.set()
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                stored = await asyncio.shield(self._task)
        except TimeoutError:
            stored = False
        if not stored:
            reason = self._failed or f"{self._location.uri('*')}: no answer"
            log.error("a log was not stored; it lies in the state directory", path=str(self._folder), error=reason)
        return stored

    def abandon(self) -> None:
        """Uploads no more: this server ends, the next one will."""
        self._task.cancel()

    async def _keep(self) -> bool:
        backoff = Backoff(first=1.0)
        while True:
            last = self._closing.is_set()
            files = await self._in_thread(self._files)
            error = await self._upload(files)
            if last and (error is None or not error.passing):
                return error is None
            wait = upload_interval(max((files[name][1] for name in STREAMS if name in files), default=0))
            if error is None:
                backoff.reset()
            else:
                wait = backoff.seconds() if last else max(wait, backoff.seconds())
            await (asyncio.sleep(wait) if last else self._closed(wait))

    async def _upload(self, files: dict[str, Seen]) -> LogStoreError | None:
        try:
            for name, seen in files.items():
                if self._sent.get(name) != seen:
                    await self._in_thread(self._put(name))
                    self._sent[name] = seen
        except LogStoreError as error:
            return self._noted(error)
        except OSError as error:
            return self._noted(LogStoreError(str(error.strerror), uri=str(self._folder), passing=True))
        if self._location.rotated and self._stored != set(files):
            await self._in_thread(self._delete_others(set(files)))
            self._stored = set(files)
        self._failed = None
        return None

    def _put(self, name: str) -> Callable[[], None]:
        def put() -> None:
            try:
                self._store.put(self._folder / name, self._location)
            except FileNotFoundError:
                return  # too old by now, or put aside: then it has another name the next time

        return put

    def _delete_others(self, names: set[str]) -> Callable[[], None]:
        def delete() -> None:
            try:
                self._store.keep(self._location, names)
            except LogStoreError as error:
                # AWS asks a job's role for no right to delete.
                log.warning("files of a log that are too old could not be deleted", error=str(error))

        return delete

    def _files(self) -> dict[str, Seen]:
        files: dict[str, Seen] = {}
        for stream in STREAMS:
            for name in file_names(self._folder, stream):
                try:
                    status = (self._folder / name).stat()
                except FileNotFoundError:
                    continue  # too old by now
                files[name] = (status.st_ino, status.st_size)
        return files

    def _noted(self, error: LogStoreError) -> LogStoreError:
        if self._failed != str(error):  # once, not every few seconds
            log.warning("a log cannot be stored now; it is tried again", error=str(error))
        self._failed = str(error)
        return error

    async def _closed(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._store.threads, function)
