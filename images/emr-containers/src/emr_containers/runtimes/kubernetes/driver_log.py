"""A run's log: what its drivers write, one after the other, in a file here and, where wanted, in S3.

A server that starts while the run goes on reads the log from its beginning again: the kubelet keeps it.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from emr_containers.runtimes.backoff import Backoff
from emr_containers.runtimes.kubernetes.api import FAULTS, Api, KubernetesError
from emr_containers.runtimes.kubernetes.log_lines import Lines
from emr_containers.runtimes.kubernetes.names import DRIVER_CONTAINER, Run
from emr_containers.runtimes.kubernetes.objects import PodView
from emr_containers.runtimes.log_files import remove_files
from emr_containers.runtimes.log_location import LogLocation
from emr_containers.runtimes.log_rotation import RotatingFile, Rotation
from emr_containers.runtimes.log_store import LogStore
from emr_containers.runtimes.log_upload import LogUpload
from emr_containers.runtimes.logs import STREAMS

log = structlog.get_logger()
_END_SECONDS = 10.0
"""How long a stream may go on after its container has ended; then what is left is read without following it."""
_LAST_SECONDS = 60.0
"""How long the end of a run waits for the rest of its log."""
_TRIES = 5
"""To read the rest of an ended driver's log, before the next driver's is begun."""


class DriverLog:
    """Follows one run's log from when it is made until `finish` or `abandon`.

    Kubernetes gives both streams as one: it is kept as standard output, and standard error is empty.
    """

    def __init__(
        self,
        *,
        api: Api,
        run: Run,
        folder: Path,
        rotation: Rotation | None,
        store: LogStore,
        location: LogLocation | None,
    ) -> None:
        self._api, self._run, self._folder, self._rotation, self._location = api, run, folder, rotation, location
        self._pods: asyncio.Queue[tuple[int, PodView] | None] = asyncio.Queue()
        self._seen: dict[str, asyncio.Event] = {}
        """By the pod's UID: set when its container has ended."""
        self._broken = False
        self._file = self._open()
        self._copying = asyncio.create_task(self._copy_all())
        self._upload = None if location is None else LogUpload(store=store, folder=folder, location=location)

    def look(self, drivers: Sequence[PodView]) -> None:
        """Takes up drivers that have started, in their order, and notes which have ended."""
        for number, pod in enumerate(drivers, start=1):
            if pod.started and pod.uid not in self._seen:
                self._seen[pod.uid] = asyncio.Event()
                self._pods.put_nowait((number, pod))
            if pod.uid in self._seen and (pod.over or pod.ended is not None):
                self._seen[pod.uid].set()

    async def finish(self) -> None:
        """Waits until the whole log is where it belongs, or cannot be had."""
        for ended in self._seen.values():
            ended.set()
        self._pods.put_nowait(None)
        try:
            async with asyncio.timeout(_LAST_SECONDS):
                await self._copying
        except TimeoutError:
            log.warning("the rest of a log could not be read", job_run=self._run.id)
        self._close()
        if self._upload is not None and await self._upload.finish():
            remove_files(self._folder, up_to=self._folder.parents[3])  # the run's own folders

    def abandon(self) -> None:
        """Lets go: this server ends, and the next one begins again."""
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
        lines, backoff, tries = Lines(), Backoff(most=15.0), 0
        while tries < _TRIES:
            last, since = ended.is_set(), lines.since
            tries += last
            try:
                whole = await _until(asyncio.create_task(self._read(pod, lines, follow=not last)), ended)
                if whole and last:
                    break
            except KubernetesError as error:
                if error.status == 404:
                    break  # the pod is gone, and its log with it
                log.warning("a log cannot be read now; it is tried again", pod=pod.name, error=str(error))
            except TimeoutError:
                pass  # it has had nothing to say, perhaps
            except FAULTS as error:
                log.info("a log broke off; it is read on", pod=pod.name, error=str(error))
            if lines.since != since:
                backoff.reset()
            await _or(ended, backoff.seconds())
        self._write(lines.rest())

    async def _read(self, pod: PodView, lines: Lines, *, follow: bool) -> None:
        query: dict[str, str | int | bool] = {"container": DRIVER_CONTAINER, "follow": follow, "timestamps": True}
        if lines.since is not None:
            query["sinceTime"] = lines.since
        lines.begin()
        path = f"/api/v1/namespaces/{self._run.namespace}/pods/{pod.name}/log"
        async with self._api.chunks(path, query) as chunks:
            async for chunk in chunks:
                self._write(lines.take(chunk))

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
        if not self._broken:  # a run does not fail for want of its log
            log.error("a log cannot be written", path=str(self._folder), error=error.strerror)
        self._broken = True

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


async def _until(reading: "asyncio.Task[None]", ended: asyncio.Event) -> bool:
    """Until the log has been read to its end; False where it goes on although its container has ended."""
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
