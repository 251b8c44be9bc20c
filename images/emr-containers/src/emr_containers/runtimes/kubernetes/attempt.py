"""One run in the cluster: waits for its end, and ends it.

A driver that YuniKorn has given up ends the run, whatever its retry policy allows: the next would wait as long. The Job
itself cannot know that. Its `podFailurePolicy` looks at conditions and exit codes, and of such a pod's status neither
is left; nor does its back-off hold it up, which is counted from the pod's creation then. It is the server that ends the
Job's attempts, as soon as its watch has the pod; the Job's controller takes a second to make the next one. Where it has
made one all the same, because the server was away, that ends as well, unless it has got its node by then: at most as
many gangs wait in vain as the policy has attempts.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from emr_containers.runtimes.kubernetes.api import FAULTS, Api, KubernetesError
from emr_containers.runtimes.kubernetes.driver_log import DriverLog
from emr_containers.runtimes.kubernetes.ends import failed
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.kubernetes.objects import JobView, PodView
from emr_containers.runtimes.kubernetes.queueing import Queueing
from emr_containers.runtimes.kubernetes.run_objects import RunObjects
from emr_containers.runtimes.kubernetes.state import Snapshot, outcome, progress, waits_for
from emr_containers.runtimes.kubernetes.watch import RunView, Watches
from emr_containers.runtimes.outcome import Outcome, Progress, Tell, tell_nobody
from emr_containers.settings import KubernetesSettings

log = structlog.get_logger()
_LOOK_SECONDS = 30.0
"""While something is deleted, it is looked for so often even if no change is heard of."""
_CLEANING_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What an attempt needs of its surroundings."""

    api: Api
    watches: Watches
    settings: KubernetesSettings


class KubernetesAttempt:
    """A run whose Job was made: by this server, or by one before it."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        run: Run,
        uid: str,
        attempts: int,
        start_timeout: float | None,
        queueing: Queueing,
        open_log: Callable[[], DriverLog],
    ) -> None:
        self._cluster, self._run, self._uid, self._attempts, self._open_log = cluster, run, uid, attempts, open_log
        self._start_timeout, self._queueing = start_timeout, queueing
        self._objects = RunObjects(api=cluster.api, run=run, uid=uid)
        self._attempts_ended = False
        self._over = asyncio.Event()
        self._last: JobView | None = None
        self._told: Progress | None = None

    async def wait(self, tell: Tell = tell_nobody) -> Outcome:
        """See `Attempt.wait`."""
        try:
            async with self._cluster.watches.following(self._run) as view:
                driver_log = self._open_log()
                asking = asyncio.create_task(self._queueing.follow(view.changed))
                try:
                    ended = await self._follow(view, driver_log, tell)
                    await driver_log.finish()
                finally:
                    asking.cancel()
                    driver_log.abandon()
                return ended
        finally:
            self._over.set()

    async def stop(self) -> None:
        """See `Attempt.stop`. A driver on a node that does not answer may still run, and is waited for."""
        if self._last is None or not self._last.over:
            await self._objects.delete_job()
        await self._over.wait()

    async def _follow(self, view: RunView, driver_log: DriverLog, tell: Tell) -> Outcome:
        impatient_since: float | None = None
        began = time.monotonic()
        while True:
            job = await self._job(view)
            if job is None:
                return await self._deleted(view, driver_log)
            self._last = job
            snapshot = view.snapshot(job)
            driver_log.look(snapshot.drivers)
            if job.over:
                return await self._ended(view, job, driver_log, tell)
            if snapshot.given_up is not None:
                await self._end_attempts(view, job)
            so_far = self._progress(snapshot)
            await self._tell(tell, so_far)
            wait = waits_for(snapshot)
            if wait is None or wait.patience == "endless":
                impatient_since, left = None, None
            else:
                impatient_since = time.monotonic() if impatient_since is None else impatient_since
                patience = 0 if wait.patience == "none" else self._cluster.settings.start_error_timeout
                left = impatient_since + patience - time.monotonic()
                if left <= 0:
                    await self._objects.delete_job()
                    await self._deleted(view, driver_log)
                    return failed(wait.details, "VALIDATION_ERROR")
            if self._start_timeout is not None and not so_far.running:
                unstarted = began + self._start_timeout - time.monotonic()
                if unstarted <= 0:
                    # The watch of pods may be behind that of Jobs.
                    view.put_pods(await self._objects.pods())
                    snapshot = view.snapshot(job)
                    if (so_far := self._progress(snapshot)).running:
                        continue
                    # Before it is deleted: afterwards nobody knows.
                    why = await self._queueing.ask(_in_queue(snapshot)) or so_far.details
                    await self._objects.delete_job()
                    await self._deleted(view, driver_log)
                    return failed(_not_started(self._start_timeout, why), "CLUSTER_UNAVAILABLE")
                left = unstarted if left is None else min(left, unstarted)
            await view.change(timeout=left)

    def _progress(self, snapshot: Snapshot) -> Progress:
        so_far = progress(snapshot, attempts=self._attempts)
        # What a pod's condition says is about the pod; a gang waits for more than that.
        queued = self._queueing.details(_in_queue(snapshot))
        return so_far if queued is None else replace(so_far, details=queued)

    async def _tell(self, tell: Tell, now: Progress) -> None:
        if now != self._told:
            await tell(now)
            self._told = now

    async def _job(self, view: RunView) -> JobView | None:
        known = view.job
        if known is not None and known.uid == self._uid and not known.gone:
            return known
        # The watch may not have begun, or may have been told late: only the API itself says that it is gone.
        job = await self._objects.job()
        if job is None:
            if known is not None and known.uid == self._uid:
                self._last = known
            return None
        return view.put_job(job)

    async def _ended(self, view: RunView, job: JobView, driver_log: DriverLog, tell: Tell) -> Outcome:
        # The watch of pods may be behind that of Jobs.
        view.put_pods(await self._objects.pods())
        snapshot = view.snapshot(job)
        driver_log.look(snapshot.drivers)
        # However short it was: with this said, no server makes the Job again when its time is over.
        await self._tell(tell, replace(progress(snapshot, attempts=self._attempts), running=True))
        given_up = None if job.complete else snapshot.given_up
        ended = outcome(snapshot) if given_up is None else await self._queueing.end(given_up)
        if ended is None:
            raise RuntimeError(f"The Job {job.name!r} is over without an end.")
        await self._cleaned()
        return ended

    async def _deleted(self, view: RunView, driver_log: DriverLog) -> Outcome:
        """After the Job was deleted: until none of its pods is left, wherever they are."""
        asked = False
        while pods := await self._objects.pods():
            view.put_pods(pods)
            if self._last is not None:
                driver_log.look(view.snapshot(self._last).drivers)
            if not asked and await self._job(view) is None:
                # Executors whose driver is gone, or pods that whoever deleted the Job wanted to keep.
                await self._objects.delete_pods()
                asked = True
            await view.change(timeout=_LOOK_SECONDS)
        while await self._job(view) is not None:
            await view.change(timeout=_LOOK_SECONDS)
        if self._last is not None and self._last.over and (ended := outcome(view.snapshot(self._last))) is not None:
            return ended  # it had ended before
        return failed(f"The run's Job {self._run.job_name!r} was deleted.", "INTERNAL_ERROR")

    async def _end_attempts(self, view: RunView, job: JobView) -> None:
        if self._attempts_ended:
            return
        # A watch that has just begun may not have told of a later driver yet.
        view.put_pods(await self._objects.pods())
        if view.snapshot(job).given_up is None:
            return
        self._attempts_ended = True
        try:
            await self._objects.end_attempts()
        except KubernetesError as error:
            log.warning("a run that was given up cannot be ended", job_run=self._run.id, error=str(error))

    async def _cleaned(self) -> None:
        """Takes away executors that a killed driver left, and lets the Job's time begin."""
        try:
            async with asyncio.timeout(_CLEANING_SECONDS):
                await self._objects.delete_pods("executor")
                await self._objects.keep_for(self._cluster.settings.job_ttl)
        except (KubernetesError, *FAULTS) as error:
            log.warning("a run that has ended could not be tidied up", job_run=self._run.id, error=str(error))


def _in_queue(snapshot: Snapshot) -> PodView | None:
    return None if snapshot.given_up else snapshot.without_node


def _not_started(seconds: float, why: str | None) -> str:
    said = f": {why}" if why else "."
    return f"The driver has not started within {seconds:.0f} s, its job-start-timeout{said}"
