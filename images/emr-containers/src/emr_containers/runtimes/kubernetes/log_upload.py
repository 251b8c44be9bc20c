"""Keeps a log in S3 as it grows in a file here."""

import asyncio
from pathlib import Path

import structlog

from emr_containers.runtimes.kubernetes.log_location import LogLocation, upload_interval
from emr_containers.runtimes.kubernetes.log_store import LogStore, LogStoreError
from emr_containers.runtimes.kubernetes.patience import Backoff
from emr_containers.runtimes.logs import Stream

log = structlog.get_logger()
_LAST_SECONDS = 300.0
"""How long a run's end waits for S3 to take the whole log."""


class LogUpload:
    """One run's log, from its beginning to its end."""

    def __init__(self, *, store: LogStore, folder: Path, location: LogLocation) -> None:
        self._store, self._folder, self._location = store, folder, location
        self._closing = asyncio.Event()
        self._failed: str | None = None
        # One after the other: an upload that hangs must not come after the last one, with less in it.
        self._task = asyncio.create_task(self._keep())

    async def finish(self) -> bool:
        """Uploads the whole log once more; False where S3 did not take it in time."""
        self._closing.set()
        return await asyncio.shield(self._task)

    def abandon(self) -> None:
        """Uploads no more: this server ends, the next one will."""
        self._task.cancel()

    async def _keep(self) -> bool:
        backoff, sent = Backoff(first=2.0), 0
        while not self._closing.is_set():
            size = self._size()
            wait = upload_interval(size)
            if size != sent:
                if await self._put("stdout") is None:
                    backoff.reset()
                    sent = size
                else:
                    wait = max(wait, backoff.seconds())
            await self._closed(wait)
        deadline = asyncio.get_running_loop().time() + _LAST_SECONDS
        # Kubernetes gives both streams as one; whoever looks for the other finds it empty.
        return await self._put_last("stdout", deadline) and await self._put_last("stderr", deadline)

    async def _put_last(self, stream: Stream, deadline: float) -> bool:
        backoff = Backoff(first=1.0)
        while (error := await self._put(stream)) is not None:
            if not error.passing or asyncio.get_running_loop().time() > deadline:
                log.error(
                    "a log was not stored; it lies in the state directory", path=str(self._folder), error=str(error)
                )
                return False
            await asyncio.sleep(backoff.seconds())
        return True

    async def _put(self, stream: Stream) -> LogStoreError | None:
        path = self._folder / stream
        try:
            await asyncio.get_running_loop().run_in_executor(
                self._store.threads, self._store.put, path, self._location, stream
            )
        except LogStoreError as error:
            return self._noted(error)
        except OSError as error:
            return self._noted(LogStoreError(f"{path}: {error.strerror}", passing=False))
        self._failed = None
        return None

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

    def _size(self) -> int:
        try:
            return (self._folder / "stdout").stat().st_size
        except OSError:
            return 0
