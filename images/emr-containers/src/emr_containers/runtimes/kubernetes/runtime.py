"""Job runs as Jobs of a cluster: `Runtime` over the Kubernetes API.

How it comes that a run is started once, whatever is killed at whatever time, is written down in
docs/decisions/2026-11-25-job-run-as-kubernetes-job.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubernetes_asyncio.client import Configuration

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.configuration import start_timeout
from emr_containers.runtimes.job import Attempt, Job
from emr_containers.runtimes.kubernetes.admission import Admission
from emr_containers.runtimes.kubernetes.api import Api, KubernetesError
from emr_containers.runtimes.kubernetes.attempt import Cluster, KubernetesAttempt
from emr_containers.runtimes.kubernetes.ends import failed
from emr_containers.runtimes.kubernetes.gang import gang_of
from emr_containers.runtimes.kubernetes.manifest import build_job, build_never
from emr_containers.runtimes.kubernetes.names import YUNIKORN, Run
from emr_containers.runtimes.kubernetes.objects import job_view
from emr_containers.runtimes.kubernetes.patience import patiently
from emr_containers.runtimes.kubernetes.pods import Table
from emr_containers.runtimes.kubernetes.queueing import Queueing
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.run_logs import RunLogs
from emr_containers.runtimes.kubernetes.run_objects import jobs_path, read_job
from emr_containers.runtimes.kubernetes.scheduling import Scheduling, warning
from emr_containers.runtimes.kubernetes.warned import Warned
from emr_containers.runtimes.kubernetes.watch import Watches
from emr_containers.runtimes.kubernetes.yunikorn import YuniKorn
from emr_containers.runtimes.log_location import log_location
from emr_containers.runtimes.logs import Log, Stream
from emr_containers.runtimes.monitoring import check_monitoring
from emr_containers.runtimes.outcome import Outcome
from emr_containers.settings import KubernetesSettings


@dataclass(frozen=True, kw_only=True)
class _Connection:
    """What lives on the event loop."""

    cluster: Cluster
    yunikorn: YuniKorn | None
    admission: Admission


class KubernetesRuntime:
    """Runs job runs in a cluster."""

    def __init__(
        self,
        *,
        configuration: Configuration,
        releases: Mapping[str, ClusterRelease],
        state_directory: Path,
        settings: KubernetesSettings,
    ) -> None:
        self._configuration, self._releases, self._settings = configuration, releases, settings
        self._logs = RunLogs(state_directory=state_directory, default=settings.log_uri)
        self._connected: _Connection | None = None

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        anyone = Run(id="any", virtual_cluster_id="any", namespace="any")
        release = self._releases[spec["releaseLabel"]]
        scheduling = None if self._settings.yunikorn_url is None else Scheduling()
        build_job(spec, release, anyone, scheduling)
        check_monitoring(spec)
        log_location("any", virtual_cluster="any", spec=spec, default=self._settings.log_uri)

    async def start(self, job: Job) -> Attempt | Outcome:
        """See `Runtime.start`."""
        run = _run(job)
        if job.begun:
            # Made once, it is never made again: where it is gone by now, its driver has run.
            return await self._found(job) or failed(
                f"The run's Job {run.job_name!r} was deleted while the server was away.", "INTERNAL_ERROR"
            )
        try:
            made = await self._build(job)
            await self._logs.begin(job)
        except ValidationException as error:
            # A server before may have made it under another configuration.
            refusal = failed(str(error), "VALIDATION_ERROR")
            return await self._found(job, unreadable=refusal) or refusal
        return await self._create(job, made)

    async def find(self, job: Job) -> Attempt | None:
        """See `Runtime.find`.

        A request of a server before, that was killed, may still be on its way to the API. So the name is taken, by a
        Job that never has a pod: either that succeeds, and the request will fail, or there is a Job to end.
        """
        release = self._releases.get(job.spec["releaseLabel"])
        never = build_never(_run(job), image="none" if release is None else release.image)
        try:
            await self._post(job, never)
        except KubernetesError as error:
            if error.status == 404:
                return None  # nor is there a namespace
            started = await self._found(job)
            return None if isinstance(started, Outcome) else started
        return None

    def open_log(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`: as it is written, from here; afterwards from where it was stored."""
        return self._logs.open(job, stream)

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
        # On the event loop that it will live on.
        if self._connected is None:
            api, settings = Api(self._configuration), self._settings
            yunikorn = None if settings.yunikorn_url is None else YuniKorn(settings.yunikorn_url)
            self._connected = _Connection(
                cluster=Cluster(api=api, watches=Watches(api), settings=settings),
                yunikorn=yunikorn,
                admission=Admission(api=api, yunikorn=yunikorn, settings=settings),
            )
        return self._connected

    async def _build(self, job: Job) -> Table:
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            raise ValidationException(
                f"The release {job.spec['releaseLabel']!r} is not offered by this server any more."
            )
        run, admission = _run(job), self._connection.admission
        scheduling = await admission.scheduling(job)
        made = build_job(job.spec, release, run, scheduling)
        await admission.check(made, spec=job.spec, release=release, run=run, scheduling=scheduling)
        return made

    async def _create(self, job: Job, made: Table) -> Attempt | Outcome:
        run = _run(job)
        try:
            return self._attempt(job, await self._post(job, made))
        except KubernetesError as error:
            if error.reason == "AlreadyExists":
                refusal = failed(f"The run's Job {run.job_name!r} was deleted.", "INTERNAL_ERROR")
            else:
                refusal = failed(
                    f"The run's Job cannot be made in the namespace {run.namespace!r}: {error.message}",
                    "INTERNAL_ERROR" if error.status == 403 else "VALIDATION_ERROR",
                )
        return await self._found(job, unreadable=refusal) or refusal

    async def _post(self, job: Job, made: Table) -> Any:
        path = jobs_path(_run(job))
        return await patiently(lambda: self._cluster.api.post(path, made), what="making a run's Job")

    async def _found(self, job: Job, *, unreadable: Outcome | None = None) -> Attempt | Outcome | None:
        run = _run(job)
        try:
            there = await read_job(self._cluster.api, run)
        except KubernetesError:
            if unreadable is None:
                raise  # whether it is there is not known: it is asked again
            return unreadable
        if there is None:
            return None
        view = job_view(there)
        if view.never_starts:
            return failed("The run was cancelled before it was started.", "INTERNAL_ERROR")
        if view.run != run.id:
            return failed(
                f"The Job {run.job_name!r} in the namespace {run.namespace!r} is not this server's; delete it.",
                "INTERNAL_ERROR",
            )
        return self._attempt(job, there)

    def _attempt(self, job: Job, made: Any) -> Attempt:
        run, template = _run(job), made["spec"]["template"]
        # As it was made, perhaps by a server that was told otherwise.
        queued = template["spec"].get("schedulerName") == YUNIKORN
        attempt = KubernetesAttempt(
            cluster=self._cluster,
            run=run,
            uid=made["metadata"]["uid"],
            attempts=job.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1),
            start_timeout=start_timeout(job.spec),
            queueing=Queueing(yunikorn=self._connection.yunikorn if queued else None, run=run, gang=gang_of(template)),
            open_log=lambda: self._logs.follow(job, run, self._cluster.api),
        )
        said = self._warning(job, Scheduling() if queued else None)
        return attempt if said is None else Warned(attempt, warning=said)

    def _warning(self, job: Job, scheduling: Scheduling | None) -> str | None:
        release = self._releases.get(job.spec["releaseLabel"])
        try:
            return None if release is None else warning(job.spec, release, scheduling)
        except ValidationException:
            return None  # accepted by a server before


def _run(job: Job) -> Run:
    return Run(id=job.id, virtual_cluster_id=job.virtual_cluster_id, namespace=job.namespace)
