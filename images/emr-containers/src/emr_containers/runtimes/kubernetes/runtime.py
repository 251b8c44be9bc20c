"""Job runs as Kubernetes Jobs.

docs/decisions/2026-11-25-job-run-as-kubernetes-job.md explains why each run starts exactly once, no matter which
process is killed or when. A Job is created suspended, its UID is stored, and then it is resumed: a run without a stored
UID has not begun, and one whose stored Job is missing may have.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.access import Access

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.event_logs import stored_profile
from emr_containers.runtimes.kubernetes.admission import Admission
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.retrying import retrying
from emr_containers.runtimes.kubernetes.cluster.run_objects import RunObjects, jobs_path, read_job
from emr_containers.runtimes.kubernetes.cluster.watch import Watches
from emr_containers.runtimes.kubernetes.logs.run_logs import RunLogs
from emr_containers.runtimes.kubernetes.manifest.gang import gang_of
from emr_containers.runtimes.kubernetes.manifest.jobs import build_job, build_name_holder
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease, with_service_account
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling, warning
from emr_containers.runtimes.kubernetes.names import YUNIKORN, RunIdentity, place_of
from emr_containers.runtimes.kubernetes.observed.exit_reasons import run_failed
from emr_containers.runtimes.kubernetes.observed.objects import job_view
from emr_containers.runtimes.kubernetes.run import Cluster, KubernetesRun
from emr_containers.runtimes.kubernetes.warned_attempt import WarnedAttempt
from emr_containers.runtimes.kubernetes.yunikorn.client import TIMING, YuniKorn, YuniKornTiming
from emr_containers.runtimes.kubernetes.yunikorn.queue_status import QueueStatus
from emr_containers.runtimes.logs.location import log_location
from emr_containers.runtimes.logs.monitoring import check_monitoring
from emr_containers.runtimes.logs.streams import Log, Stream
from emr_containers.runtimes.outcome import Outcome
from emr_containers.runtimes.runtime import JobAttempt, NotePlace, StartedAttempt, forget_place
from emr_containers.runtimes.spark.configuration import start_timeout
from emr_containers.settings import KubernetesSettings
from emr_containers.sizing.profile import Profile


@dataclass(frozen=True, kw_only=True)
class _Connection:
    """The parts that belong to the event loop."""

    cluster: Cluster
    yunikorn: YuniKorn | None
    admission: Admission


class KubernetesRuntime:
    """The runtime whose jobs are Jobs of a cluster."""

    def __init__(
        self,
        *,
        access: Access,
        releases: Mapping[str, ClusterRelease],
        state_directory: Path,
        settings: KubernetesSettings,
        yunikorn_timing: YuniKornTiming = TIMING,
    ) -> None:
        self._access, self._releases, self._settings = access, releases, settings
        self._yunikorn_timing = yunikorn_timing
        self._logs = RunLogs(state_directory=state_directory, default=settings.log_uri)
        self._connected: _Connection | None = None

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        anyone = RunIdentity(id="any", virtual_cluster_id="any", namespace="any")
        release = self._as_role(self._releases[spec["releaseLabel"]], spec)
        scheduling = None if self._settings.yunikorn_url is None else Scheduling()
        build_job(spec, release, anyone, scheduling)
        check_monitoring(spec)
        log_location("any", virtual_cluster="any", spec=spec, default=self._settings.log_uri)

    def reserve(self, _job: JobAttempt) -> None:
        """See `Runtime.reserve`: the place is the Job, which `start` creates."""
        return

    async def start(self, job: JobAttempt, note_place: NotePlace = forget_place) -> StartedAttempt | Outcome:
        """See `Runtime.start`."""
        found = await (self._made(job) if _may_have_begun(job) else self._found_or_made(job))
        return found if isinstance(found, Outcome) else await self._begin(job, found, note_place)

    async def find(self, job: JobAttempt) -> StartedAttempt | None:
        """See `Runtime.find`.

        A request of an earlier server that was killed may still be on its way to the API. Therefore a Job that never
        has a pod takes the name. Either that succeeds, and the late request fails, or there is a Job to stop.
        """
        release = self._releases.get(job.spec["releaseLabel"])
        never = build_name_holder(_run(job), image="none" if release is None else release.image)
        try:
            await self._post(job, never)
        except KubernetesError as error:
            if error.status == 404:
                return None  # the namespace does not exist either
            found = await self._found(job)
            return None if found is None or isinstance(found, Outcome) else self._attempt(job, found)
        return None

    def open_log(self, job: JobAttempt, stream: Stream) -> Log:
        """See `Runtime.open_log`. While the log is written it is read here, afterwards where it was stored."""
        return self._logs.open(job, stream)

    def read_profile(self, job: JobAttempt) -> Profile:
        """See `Runtime.read_profile`."""
        release = self._releases.get(job.spec["releaseLabel"])
        return stored_profile(job.id, job.spec, None if release is None else release.release, store=self._logs.store)

    async def close(self) -> None:
        """See `Runtime.close`."""
        if self._connected is not None:
            await self._connected.cluster.api.close()
            if self._connected.yunikorn is not None:
                await self._connected.yunikorn.close()
        self._logs.close()

    @property
    def _cluster(self) -> Cluster:
        return self._connection.cluster

    @property
    def _connection(self) -> _Connection:
        # Created on the event loop that will use it.
        if self._connected is None:
            api, settings = Api(self._access), self._settings
            yunikorn = (
                None if settings.yunikorn_url is None else YuniKorn(settings.yunikorn_url, timing=self._yunikorn_timing)
            )
            self._connected = _Connection(
                cluster=Cluster(api=api, watches=Watches(api), settings=settings),
                yunikorn=yunikorn,
                admission=Admission(api=api, yunikorn=yunikorn, settings=settings),
            )
        return self._connected

    async def _build(self, job: JobAttempt) -> JsonObject:
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            raise ValidationException(f"The release {job.spec['releaseLabel']!r} is no longer offered by this server.")
        release = self._as_role(release, job.spec)
        run, admission = _run(job), self._connection.admission
        scheduling = await admission.scheduling(job)
        made = build_job(job.spec, release, run, scheduling)
        await admission.check(made, spec=job.spec, release=release, run=run, scheduling=scheduling)
        return made

    def _as_role(self, release: ClusterRelease, spec: JobSpec) -> ClusterRelease:
        return with_service_account(release, spec.get("executionRoleArn", ""), self._settings.service_accounts)

    async def _made(self, job: JobAttempt) -> Any | Outcome:
        # A Job is never created a second time.
        return await self._found(job) or run_failed(
            f"The run's Job {_run(job).job_name!r} was deleted while the server was not running. It may have done its "
            "work, so it is not created again.",
            "INTERNAL_ERROR",
        )

    async def _found_or_made(self, job: JobAttempt) -> Any | Outcome:
        run = _run(job)
        try:
            made = await self._build(job)
            await self._logs.begin(job)
        except ValidationException as error:
            # An earlier server may have created the Job with another configuration.
            refusal = run_failed(str(error), "VALIDATION_ERROR")
            return await self._found(job, unreadable=refusal) or refusal
        try:
            return await self._post(job, made)
        except KubernetesError as error:
            if error.reason == "AlreadyExists":
                refusal = run_failed(f"The run's Job {run.job_name!r} was deleted.", "INTERNAL_ERROR")
            else:
                refusal = _refused("created", run, error)
        return await self._found(job, unreadable=refusal) or refusal

    async def _begin(self, job: JobAttempt, made: Any, note_place: NotePlace) -> StartedAttempt | Outcome:
        """Lets the Job have pods, once its UID is stored."""
        run, uid = _run(job), made["metadata"]["uid"]
        objects = RunObjects(api=self._cluster.api, run=run, uid=uid)
        if not _may_have_begun(job):
            await note_place(place_of(uid))
        if made["spec"].get("suspend"):
            try:
                await objects.resume()
            except KubernetesError as error:
                if await objects.job() is not None:  # a deleted one ends as such
                    await objects.delete_job()
                    return _refused("started", run, error)
        return self._attempt(job, made)

    async def _post(self, job: JobAttempt, made: JsonObject) -> Any:
        path = jobs_path(_run(job))
        return await retrying(lambda: self._cluster.api.post(path, made), what="creating a run's Job")

    async def _found(self, job: JobAttempt, *, unreadable: Outcome | None = None) -> Any | Outcome | None:
        run = _run(job)
        try:
            there = await read_job(self._cluster.api, run)
        except KubernetesError:
            if unreadable is None:
                raise  # it is unknown whether the Job exists, so the dispatcher tries again
            return unreadable
        if there is None:
            return None
        view = job_view(there)
        if view.never_starts:
            return run_failed("The run was cancelled before it was started.", "INTERNAL_ERROR")
        if view.run != run.id:
            return run_failed(
                f"The Job {run.job_name!r} in the namespace {run.namespace!r} does not belong to this server: "
                "delete it.",
                "INTERNAL_ERROR",
            )
        # Another Job of the name is a late request's of a server before; the one that has begun is deleted.
        return there if job.claimed_in in (None, place_of(view.uid)) else None

    def _attempt(self, job: JobAttempt, made: Any) -> StartedAttempt:
        run, template = _run(job), made["spec"]["template"]
        # Read from the Job, which an earlier server with other settings may have created.
        queued = template["spec"].get("schedulerName") == YUNIKORN
        attempt = KubernetesRun(
            cluster=self._cluster,
            run=run,
            uid=made["metadata"]["uid"],
            attempts=job.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1),
            start_timeout=start_timeout(job.spec),
            queue_status=QueueStatus(
                yunikorn=self._connection.yunikorn if queued else None, run=run, gang=gang_of(template)
            ),
            open_log=lambda: self._logs.follow(job, run, self._cluster.api),
        )
        text = self._warning(job, Scheduling() if queued else None)
        return attempt if text is None else WarnedAttempt(attempt, warning=text)

    def _warning(self, job: JobAttempt, scheduling: Scheduling | None) -> str | None:
        release = self._releases.get(job.spec["releaseLabel"])
        try:
            return None if release is None else warning(job.spec, release, scheduling)
        except ValidationException:
            return None  # an earlier server accepted the job


def _may_have_begun(job: JobAttempt) -> bool:
    return job.driver_has_run or job.claimed_in is not None


def _refused(what: str, run: RunIdentity, error: KubernetesError) -> Outcome:
    return run_failed(
        f"The run's Job cannot be {what} in the namespace {run.namespace!r}: {error.message}",
        "INTERNAL_ERROR" if error.status == 403 else "VALIDATION_ERROR",
    )


def _run(job: JobAttempt) -> RunIdentity:
    return RunIdentity(id=job.id, virtual_cluster_id=job.virtual_cluster_id, namespace=job.namespace)
