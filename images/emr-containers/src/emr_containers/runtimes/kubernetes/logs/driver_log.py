"""A run's log: the output of its drivers, one after the other, in a file of this machine and perhaps in S3.

A server that starts while the run goes on reads the log again from its beginning, which the kubelet keeps.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog
from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.client import CONNECTION_ERRORS
from longshore_libs.retries import Backoff

from emr_containers.runtimes.failures.log_end import LogEnd, log_end
from emr_containers.runtimes.failures.log_tail import LogTail
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.logs.log_lines import LogLines
from emr_containers.runtimes.kubernetes.names import DRIVER_CONTAINER, RunIdentity
from emr_containers.runtimes.kubernetes.observed.objects import PodView
from emr_containers.runtimes.logs.files import remove_files
from emr_containers.runtimes.logs.location import LogLocation
from emr_containers.runtimes.logs.rotation import RotatingFile, Rotation
from emr_containers.runtimes.logs.store import LogStore
from emr_containers.runtimes.logs.streams import STREAMS
from emr_containers.runtimes.logs.upload import LogUpload

log = structlog.get_logger()
_END_SECONDS = 10.0
"""Seconds that a stream may go on after its container has ended. Then the rest is read without following it."""
_LAST_SECONDS = 60.0
"""Seconds that the end of a run waits for the rest of its log."""
_TRIES = 5
"""The number of tries to read the rest of an ended driver's log, before the next driver's log begins."""


class DriverLog:
    """One run's log, followed from its creation until `finish` or `abandon`.

    Kubernetes returns both streams as one. It is kept as standard output, and standard error is empty.
    """

    def __init__(
        self,
        *,
        api: Api,
        run: RunIdentity,
        folder: Path,
        rotation: Rotation | None,
        store: LogStore,
        location: LogLocation | None,
        sql: bool,
    ) -> None:
        """Args:
        sql: True if the drivers run a SQL script, whose output is rows of tables.
        """
        self.ends: dict[str, LogEnd] = {}
        """The findings in the logs that were read to their end, by the UIDs of the drivers' pods."""
        self._sql, self._read_to_end = sql, False
        self._api, self._run, self._folder, self._rotation, self._location = api, run, folder, rotation, location
        self._pods: asyncio.Queue[tuple[int, PodView] | None] = asyncio.Queue()
        self._seen: dict[str, asyncio.Event] = {}
        """By the UID of a pod, an event that is set when its container has ended."""
        self._broken = False
        self._file = self._open()
        self._copying = asyncio.create_task(self._copy_all())
        self._upload = None if location is None else LogUpload(store=store, folder=folder, location=location)

    def look(self, drivers: Sequence[PodView]) -> None:
        """Follows the drivers that have started, in their order, and notes which have ended."""
        for number, pod in enumerate(drivers, start=1):
            if pod.started and pod.uid not in self._seen:
                self._seen[pod.uid] = asyncio.Event()
                self._pods.put_nowait((number, pod))
            if pod.uid in self._seen and (pod.over or pod.ended is not None):
                self._seen[pod.uid].set()

    async def read_to_end(self) -> None:
        """Waits until the whole log is read, or until it is clear that it cannot be read. No driver may follow."""
        if self._read_to_end:
            return
        self._read_to_end = True
        for ended in self._seen.values():
            ended.set()
        self._pods.put_nowait(None)
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self._copying
        except TimeoutError:
            log.warning("the rest of a log could not be read", job_run=self._run.id)

    async def finish(self) -> None:
        """Waits until the whole log is stored, or until it is clear that it cannot be read."""
        await self.read_to_end()
        self._close()
        if self._upload is not None and await self._upload.finish():
            remove_files(self._folder, up_to=self._folder.parents[3])  # the run's own folders

    def abandon(self) -> None:
        """Stops following, because this server ends and the next one reads the log again."""
        self._copying.cancel()
        if self._upload is not None:
            self._upload.abandon()
        self._close()

    async def _copy_all(self) -> None:
        while (item := await self._pods.get()) is not None:
            number, pod = item
            if number > 1:
                self._write(f"--- attempt {number}, pod {pod.name} ---\n".encode())
            await self._copy(pod, ended=self._seen[pod.uid])

    async def _copy(self, pod: PodView, *, ended: asyncio.Event) -> None:
        lines, tail, backoff, tries = LogLines(), LogTail(), Backoff(), 0
        while tries < _TRIES:
            last, since = ended.is_set(), lines.since
            tries += last
            try:
                whole = await _until(asyncio.create_task(self._read(pod, lines, tail, follow=not last)), ended)
                if whole and last:
                    break
            except KubernetesError as error:
                if error.status == 404:
                    break  # the pod is deleted, and its log with it
                log.warning("a log cannot be read now; retrying", pod=pod.name, error=str(error))
            except TimeoutError:
                pass  # perhaps the driver has written nothing
            except CONNECTION_ERRORS as error:
                log.info("a log broke off; reading on", pod=pod.name, error=str(error))
            if lines.since != since:
                backoff.reset()
            await _or(ended, backoff.seconds())
        self._write(rest := lines.rest())
        tail.add(rest)
        end = log_end({"stdout": tail.text()})
        self.ends[pod.uid] = LogEnd(executors=end.executors) if self._sql else end

    async def _read(self, pod: PodView, lines: LogLines, tail: LogTail, *, follow: bool) -> None:
        query: dict[str, str | int | bool] = {"container": DRIVER_CONTAINER, "follow": follow, "timestamps": True}
        if lines.since is not None:
            query["sinceTime"] = lines.since
        lines.begin()
        path = f"/api/v1/namespaces/{self._run.namespace}/pods/{pod.name}/log"
        async with self._api.chunks(path, query) as chunks:
            async for chunk in chunks:
                self._write(whole := lines.take(chunk))
                tail.add(whole)

    def _open(self) -> RotatingFile | None:
        try:
            remove_files(self._folder, up_to=self._folder)
            self._folder.mkdir(parents=True, exist_ok=True)
            for stream in STREAMS:
                (self._folder / stream).write_bytes(b"")
        except OSError as error:
            self._fail(error)
            return None
        return RotatingFile(self._folder, "stdout", rotation=self._rotation)

    def _write(self, data: bytes) -> None:
        if self._file is not None and data:
            try:
                self._file.write(data)
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        if not self._broken:  # a run does not fail because its log cannot be written
            log.error("a log cannot be written", path=str(self._folder), error=error.strerror)
        self._broken = True

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


async def _until(reading: "asyncio.Task[None]", ended: asyncio.Event) -> bool:
    """Waits until the log has been read to its end. Returns False if it goes on after its container has ended."""
    over = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait({reading, over}, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await asyncio.wait({reading}, timeout=_END_SECONDS)
        if done:
            await reading
        return bool(done)
    finally:
        over.cancel()
        reading.cancel()


async def _or(event: asyncio.Event, seconds: float) -> None:
    if event.is_set():
        await asyncio.sleep(min(seconds, 1.0))
        return
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
