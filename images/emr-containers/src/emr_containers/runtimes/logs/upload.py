"""Uploads of a growing log from files of this machine to S3."""

import asyncio
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

import structlog
from longshore_libs.retries import Backoff, Waits

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.fence import check_fence
from emr_containers.runtimes.logs.files import file_names
from emr_containers.runtimes.logs.location import LogLocation, upload_interval
from emr_containers.runtimes.logs.store import LogStore, LogStoreError
from emr_containers.runtimes.logs.streams import STREAMS

log = structlog.get_logger()
T = TypeVar("T")
_FIRST_SECONDS = 10.0
"""Seconds that the start of a run waits for S3 to accept or refuse the log."""
_WAITS = Waits(first=1.0, most=15.0)

Seen = tuple[int, int]
"""A file's inode and size. A file that has kept both since its upload needs no second one."""


async def create_log(store: LogStore, location: LogLocation, *, job_run: str) -> None:
    """Creates the first object of a run's log, if there is none yet.

    Raises:
        ValidationException: S3 refuses it for good.
    """
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            await asyncio.get_running_loop().run_in_executor(store.threads, store.create_empty, location, "stdout")
    except TimeoutError:
        log.warning("S3 does not answer; the job run starts anyway", job_run=job_run, bucket=location.bucket)
    except LogStoreError as error:
        if not error.transient:
            # The bucket and the reason come first: a job run's details are cut after 256 characters.
            raise ValidationException(
                f"The log cannot be written to 's3://{location.bucket}': {error.reason}"
            ) from error
        log.warning("a log cannot be stored now; the job run starts anyway", job_run=job_run, error=str(error))


class LogUpload:
    """The upload of one run's log, from its beginning to its end.

    Args:
        timeout: seconds that the end of a run waits for S3 to store the whole log.
    """

    def __init__(self, *, store: LogStore, folder: Path, location: LogLocation, timeout: float = 300.0) -> None:
        self._store, self._folder, self._location, self._timeout = store, folder, location, timeout
        self._closing = asyncio.Event()
        self._sent: dict[str, Seen] = {}
        self._stored: set[str] = set()
        """The names of the files in S3 after the last deletion of others."""
        self._failed: str | None = None
        # One upload at a time: one that hangs must not replace the last one with less content.
        self._task = asyncio.create_task(self._keep())
        self._task.add_done_callback(_mark_retrieved)

    async def finish(self) -> bool:
        """Uploads the rest of the log. Returns False if S3 did not store it in time, so that its files must stay.

        Raises:
            TermEndedError: another server may upload the log by now.
        """
        self._closing.set()
        try:
            async with asyncio.timeout(self._timeout):
                stored = await asyncio.shield(self._task)
        except TimeoutError:
            stored = False
        if not stored:
            reason = self._failed or f"{self._location.uri('*')}: no answer"
            log.error("a log was not stored; it stays in the state directory", path=str(self._folder), error=reason)
        return stored

    def abandon(self) -> None:
        """Stops uploading, because this server ends and the next one goes on."""
        self._task.cancel()

    async def _keep(self) -> bool:
        backoff = Backoff(_WAITS)
        while True:
            last = self._closing.is_set()
            files = await self._in_thread(self._files)
            error = await self._upload(files)
            if last and (error is None or not error.transient):
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
            return self._noted(LogStoreError(str(error.strerror), uri=str(self._folder), transient=True))
        if self._location.rotated and self._stored != set(files):
            await self._in_thread(self._delete_others(set(files)))
            self._stored = set(files)
        self._failed = None
        return None

    def _put(self, name: str) -> Callable[[], None]:
        def put() -> None:
            check_fence()
            try:
                self._store.put(self._folder / name, self._location)
            except FileNotFoundError:
                return  # removed as too old, or rotated: then the next upload finds it under another name

        return put

    def _delete_others(self, names: set[str]) -> Callable[[], None]:
        def delete() -> None:
            check_fence()
            try:
                self._store.delete_others(self._location, names)
            except LogStoreError as error:
                # A job's role at AWS does not need the right to delete, so its lack must not fail the upload.
                log.warning("old files of a log could not be deleted", error=str(error))

        return delete

    def _files(self) -> dict[str, Seen]:
        files: dict[str, Seen] = {}
        for stream in STREAMS:
            for name in file_names(self._folder, stream):
                try:
                    status = (self._folder / name).stat()
                except FileNotFoundError:
                    continue  # removed by now as too old
                files[name] = (status.st_ino, status.st_size)
        return files

    def _noted(self, error: LogStoreError) -> LogStoreError:
        if self._failed != str(error):  # once, not every few seconds
            log.warning("a log cannot be stored now; retrying", error=str(error))
        self._failed = str(error)
        return error

    async def _closed(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    async def _in_thread(self, function: Callable[[], T]) -> T:
        # The fence is a context variable, which an executor's thread does not have of itself.
        return await asyncio.get_running_loop().run_in_executor(self._store.threads, copy_context().run, function)


def _mark_retrieved(task: "asyncio.Task[bool]") -> None:
    """Keeps asyncio from logging an upload's error that nothing waits for."""
    if not task.cancelled():
        task.exception()
