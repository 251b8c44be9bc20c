"""One run in the cluster: waiting for its end, and stopping it.

A driver that YuniKorn gave up ends the run, no matter what its retry policy allows, because the next driver would wait
as long. The Job itself cannot know that. Its `podFailurePolicy` checks conditions and exit codes, and such a pod's
status has neither. Its back-off does not help, since it counts from the pod's creation. So the server ends the Job's
attempts as soon as its watch has the pod; the Job's controller takes a second to create the next one. If that exists
already, because the server was not running, it ends as well, unless it has a node by then. At most as many gangs wait
in vain as the policy has attempts.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.client import CONNECTION_ERRORS

from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.run_objects import RunObjects
from emr_containers.runtimes.kubernetes.cluster.watch import RunView, Watches
from emr_containers.runtimes.kubernetes.logs.driver_log import DriverLog
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.kubernetes.observed.exit_reasons import run_failed
from emr_containers.runtimes.kubernetes.observed.objects import JobView, PodView
from emr_containers.runtimes.kubernetes.observed.state import Snapshot, messages, outcome, pending_reason, progress
from emr_containers.runtimes.kubernetes.start_deadlines import StartDeadlines
from emr_containers.runtimes.kubernetes.yunikorn.queue_status import QueueStatus
from emr_containers.runtimes.outcome import Outcome, Progress, ReportProgress, discard_progress
from emr_containers.settings import KubernetesSettings

log = structlog.get_logger()
_LOOK_SECONDS = 30.0
"""The interval at which objects that are being deleted are read, even if the watch reports no change."""
_CLEANING_SECONDS = 60.0
_LAST_WORD_SECONDS = 30.0
"""Seconds for the watch to report the end of a driver that the API no longer has."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster as the runs need it: API, watches and settings."""

    api: Api
    watches: Watches
    settings: KubernetesSettings


class KubernetesRun:
    """All attempts of a run whose Job was created, by this server or by an earlier one."""

    def __init__(
        self,
        *,
        cluster: Cluster,
        run: RunIdentity,
        uid: str,
        attempts: int,
        start_timeout: float | None,
        queue_status: QueueStatus,
        open_log: Callable[[], DriverLog],
    ) -> None:
        self._cluster, self._run, self._uid, self._attempts, self._open_log = cluster, run, uid, attempts, open_log
        self._start_timeout, self._queue_status = start_timeout, queue_status
        self._objects = RunObjects(api=cluster.api, run=run, uid=uid)
        self._attempts_ended = False
        self._over = asyncio.Event()
        self._last: JobView | None = None
        self._reported: Progress | None = None

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """See `StartedAttempt.wait`."""
        try:
            async with self._cluster.watches.following(self._run) as view:
                driver_log = self._open_log()
                asking = asyncio.create_task(self._queue_status.follow(view.changed))
                try:
                    ended = await self._follow(view, driver_log, report)
                    await driver_log.finish()
                finally:
                    asking.cancel()
                    driver_log.abandon()
                return self._with_messages(ended, view, driver_log)
        finally:
            self._over.set()

    async def stop(self) -> None:
        """See `StartedAttempt.stop`. A driver on a node that does not answer may still run, and is waited for."""
        if self._last is None or not self._last.over:
            await self._objects.delete_job()
        await self._over.wait()

    async def _follow(self, view: RunView, driver_log: DriverLog, report: ReportProgress) -> Outcome:
        began = time.monotonic()
        deadlines = StartDeadlines(
            fault_seconds=self._cluster.settings.start_error_timeout,
            start_at=None if self._start_timeout is None else began + self._start_timeout,
        )
        yunikorn = self._cluster.settings.yunikorn_url is not None
        while True:
            job = await self._job(view)
            if job is None:
                return await self._deleted(view, driver_log)
            self._last = job
            snapshot = replace(view.snapshot(job), log_ends=driver_log.ends, yunikorn=yunikorn)
            driver_log.look(snapshot.drivers)
            if job.over:
                return await self._ended(view, job, driver_log, report)
            if snapshot.given_up is not None:
                await self._end_attempts(view, job)
            so_far = self._progress(snapshot)
            await self._report(report, so_far)
            reason = pending_reason(snapshot)
            deadlines = deadlines.after(reason, now=time.monotonic())
            overdue = deadlines.overdue(running=so_far.running, now=time.monotonic())
            if overdue == "fault" and reason is not None:
                return await self._abandon(view, driver_log, run_failed(reason.details, "VALIDATION_ERROR"))
            if overdue == "start":
                if (late := await self._not_started(view, job)) is None:
                    continue
                return await self._abandon(view, driver_log, late)
            await view.change(timeout=deadlines.remaining(running=so_far.running, now=time.monotonic()))

    async def _not_started(self, view: RunView, job: JobView) -> Outcome | None:
        """Returns the end of a run whose `job-start-timeout` is over; None: its driver has started after all."""
        # The watch of pods may be behind the watch of Jobs.
        view.put_pods(await self._objects.pods())
        snapshot = view.snapshot(job)
        if (so_far := self._progress(snapshot)).running:
            return None
        # YuniKorn is asked before the Job is deleted: afterwards it no longer knows the application.
        why = await self._queue_status.ask(_in_queue(snapshot)) or so_far.details
        return run_failed(_not_started(self._start_timeout or 0, why), "CLUSTER_UNAVAILABLE")

    async def _abandon(self, view: RunView, driver_log: DriverLog, end: Outcome) -> Outcome:
        """Deletes the Job, and returns `end` when all of its pods are gone."""
        await self._objects.delete_job()
        await self._deleted(view, driver_log)
        return end

    def _progress(self, snapshot: Snapshot) -> Progress:
        so_far = progress(snapshot, attempts=self._attempts)
        # A pod's condition is about that pod alone; a gang waits for more.
        queued = self._queue_status.details(_in_queue(snapshot))
        return so_far if queued is None else replace(so_far, details=queued)

    async def _report(self, report: ReportProgress, now: Progress) -> None:
        if now != self._reported:
            await report(now)
            self._reported = now

    async def _job(self, view: RunView) -> JobView | None:
        known = view.job
        if known is not None and known.uid == self._uid and not known.gone:
            return known
        # The watch may not have begun, or may be late. Only the API itself knows that the Job is deleted.
        job = await self._objects.job()
        if job is None:
            if known is not None and known.uid == self._uid:
                self._last = known
            return None
        return view.put_job(job)

    async def _ended(self, view: RunView, job: JobView, driver_log: DriverLog, report: ReportProgress) -> Outcome:
        # The watch of pods may be behind the watch of Jobs.
        view.put_pods(await self._objects.pods())
        snapshot = view.snapshot(job)
        driver_log.look(snapshot.drivers)
        # Reported even for a short run: once it is stored, no later server creates the Job again after its TTL.
        await self._report(report, replace(progress(snapshot, attempts=self._attempts), running=True))
        if not job.complete:
            await driver_log.read_to_end()  # the log has the reason of a driver that left no message
            snapshot = replace(view.snapshot(job), log_ends=driver_log.ends)
        given_up = None if job.complete else snapshot.given_up
        ended = outcome(snapshot) if given_up is None else await self._queue_status.end(given_up)
        if ended is None:
            raise RuntimeError(f"The Job {job.name!r} has ended without an outcome.")
        await self._clean_up()
        return ended

    async def _deleted(self, view: RunView, driver_log: DriverLog) -> Outcome:
        """Waits until none of the deleted Job's pods is left on any node, and returns the outcome."""
        asked = False
        while pods := await self._objects.pods():
            view.put_pods(pods)
            if self._last is not None:
                driver_log.look(view.snapshot(self._last).drivers)
            if not asked and await self._job(view) is None:
                # These are executors without a driver, or pods that the deletion of the Job was told to keep.
                await self._objects.delete_pods()
                asked = True
            await view.change(timeout=_LOOK_SECONDS)
        while await self._job(view) is not None:
            await view.change(timeout=_LOOK_SECONDS)
        await self._await_ends(view)
        if self._last is not None and self._last.over and (ended := outcome(view.snapshot(self._last))) is not None:
            return ended  # the Job had ended before it was deleted
        ends = [pod.ended for pod in self._drivers(view) if pod.ended is not None]
        message = ends[-1].message if ends else ""
        return run_failed(f"The run's Job {self._run.job_name!r} was deleted. {message}".strip(), "INTERNAL_ERROR")

    async def _await_ends(self, view: RunView) -> None:
        """Waits until the watch has reported each driver's end.

        The kubelet writes a pod's last status, with the driver's message, before it releases the pod. So the watch
        reports it, but the list, in which the pod is missing, may be ahead of the watch. Source: Kubernetes 1.36,
        pkg/kubelet/status/status_manager.go, syncPod.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD_SECONDS):
                while any(pod.ended is None and not pod.gone for pod in self._drivers(view)):
                    await view.change(timeout=None)

    def _drivers(self, view: RunView) -> list[PodView]:
        return [] if self._last is None else view.snapshot(self._last).drivers

    def _with_messages(self, ended: Outcome, view: RunView, driver_log: DriverLog) -> Outcome:
        drivers = self._drivers(view)
        if ended.succeeded:
            return ended
        return replace(ended, messages=messages(drivers, ended=drivers, log_ends=driver_log.ends))

    async def _end_attempts(self, view: RunView, job: JobView) -> None:
        if self._attempts_ended:
            return
        # A watch that has just begun may not have reported a later driver yet.
        view.put_pods(await self._objects.pods())
        if view.snapshot(job).given_up is None:
            return
        self._attempts_ended = True
        try:
            await self._objects.end_attempts()
        except KubernetesError as error:
            log.warning("the Job of a run that was given up cannot be ended", job_run=self._run.id, error=str(error))

    async def _clean_up(self) -> None:
        """Deletes executors that a killed driver left, and starts the Job's TTL."""
        try:
            async with asyncio.timeout(_CLEANING_SECONDS):
                await self._objects.delete_pods("executor")
                await self._objects.keep_for(self._cluster.settings.job_ttl)
        except (KubernetesError, *CONNECTION_ERRORS) as error:
            log.warning("the objects of an ended run could not be cleaned up", job_run=self._run.id, error=str(error))


def _in_queue(snapshot: Snapshot) -> PodView | None:
    return None if snapshot.given_up else snapshot.without_node


def _not_started(seconds: float, why: str | None) -> str:
    cause = f": {why}" if why else "."
    return f"The driver has not started within {seconds:.0f} s, its job-start-timeout{cause}"
