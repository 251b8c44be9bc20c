"""Job runs as Jobs of a cluster: `Runtime` over the Kubernetes API.

How it comes that a run is started once, whatever is killed at whatever time, is written down in
docs/decisions/2026-11-25-job-run-as-kubernetes-job.md.
"""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from kubernetes_asyncio.client import Configuration

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.configuration import start_timeout
from emr_containers.runtimes.job import Job
from emr_containers.runtimes.kubernetes.api import Api, KubernetesError
from emr_containers.runtimes.kubernetes.attempt import Cluster, KubernetesAttempt, jobs_path, read_job
from emr_containers.runtimes.kubernetes.driver_log import DriverLog
from emr_containers.runtimes.kubernetes.ends import failed
from emr_containers.runtimes.kubernetes.manifest import build_job, build_never
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.kubernetes.nodes import Nodes
from emr_containers.runtimes.kubernetes.objects import job_view
from emr_containers.runtimes.kubernetes.patience import patiently
from emr_containers.runtimes.kubernetes.pods import Table
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.resources import executor_resources, pod_requests
from emr_containers.runtimes.kubernetes.spark_conf import effective_conf
from emr_containers.runtimes.kubernetes.watch import Watches
from emr_containers.runtimes.log_files import open_files
from emr_containers.runtimes.log_location import LogLocation, log_location
from emr_containers.runtimes.log_store import LogStore, LogStoreError
from emr_containers.runtimes.log_upload import begin_log
from emr_containers.runtimes.logs import Log, Stream, log_folder, log_uri
from emr_containers.runtimes.monitoring import check_monitoring, rotation, unmet
from emr_containers.runtimes.outcome import Outcome
from emr_containers.settings import KubernetesSettings

log = structlog.get_logger()
_LESS = {
    "driver": "lower spark.driver.memory, spark.driver.memoryOverhead or spark.driver.cores",
    "executor": "lower spark.executor.memory, spark.executor.memoryOverhead or spark.executor.cores",
    "container": "ask for less in the driver pod template of its release",
}


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
        self._state_directory = state_directory
        self._store = LogStore()
        self._connected: tuple[Cluster, Nodes] | None = None

    def check(self, spec: JobSpec) -> None:
        """See `Runtime.check`."""
        anyone = Run(id="any", virtual_cluster_id="any", namespace="any")
        release = self._releases[spec["releaseLabel"]]
        build_job(spec, release, anyone)
        if release.release.kind == "spark":
            executor_resources(effective_conf(spec, release, anyone))
        check_monitoring(spec)
        log_location("any", virtual_cluster="any", spec=spec, default=self._settings.log_uri)

    async def start(self, job: Job) -> KubernetesAttempt | Outcome:
        """See `Runtime.start`."""
        run = _run(job)
        if job.begun:
            # Made once, it is never made again: where it is gone by now, its driver has run.
            return await self._found(job) or failed(
                f"The run's Job {run.job_name!r} was deleted while the server was away.", "INTERNAL_ERROR"
            )
        try:
            made = self._build(job)
            if self._settings.refuse_oversized:
                await self._check_size(job, made)
            await self._begin_log(job)
        except ValidationException as error:
            # A server before may have made it under another configuration.
            refusal = failed(str(error), "VALIDATION_ERROR")
            return await self._found(job, unreadable=refusal) or refusal
        return await self._create(job, made)

    async def find(self, job: Job) -> KubernetesAttempt | None:
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
            return started if isinstance(started, KubernetesAttempt) else None
        return None

    def open_log(self, job: Job, stream: Stream) -> Log:
        """See `Runtime.open_log`: as it is written, from here; afterwards from where it was stored."""
        location = self._log_location(job)
        try:
            return open_files(self._log_folder(job), stream)
        except FileNotFoundError:
            if location is None:
                raise
        try:
            return self._store.open(location, stream)
        except LogStoreError as error:
            raise OSError(errno.EIO, str(error)) from error

    async def close(self) -> None:
        """See `Runtime.close`."""
        if self._connected is not None:
            await self._connected[0].api.close()
        self._store.threads.shutdown(wait=False, cancel_futures=True)

    @property
    def _cluster(self) -> Cluster:
        return self._connection[0]

    @property
    def _connection(self) -> tuple[Cluster, Nodes]:
        # On the event loop that it will live on.
        if self._connected is None:
            api = Api(self._configuration)
            self._connected = Cluster(api=api, watches=Watches(api), settings=self._settings), Nodes(api)
        return self._connected

    def _build(self, job: Job) -> Table:
        release = self._releases.get(job.spec["releaseLabel"])
        if release is None:
            raise ValidationException(
                f"The release {job.spec['releaseLabel']!r} is not offered by this server any more."
            )
        return build_job(job.spec, release, _run(job))

    async def _check_size(self, job: Job, made: Table) -> None:
        _, nodes = self._connection
        release = self._releases[job.spec["releaseLabel"]]
        spark = release.release.kind == "spark"
        driver = pod_requests(made["spec"]["template"]["spec"])
        await nodes.check(driver, what="The driver", remedy=_LESS["driver" if spark else "container"])
        if spark:
            asked = executor_resources(effective_conf(job.spec, release, _run(job)))
            executor = pod_requests({"containers": [{"resources": {"requests": asked.requests}}]})
            await nodes.check(executor, what="An executor", remedy=_LESS["executor"])

    async def _create(self, job: Job, made: Table) -> KubernetesAttempt | Outcome:
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

    async def _found(self, job: Job, *, unreadable: Outcome | None = None) -> KubernetesAttempt | Outcome | None:
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

    def _attempt(self, job: Job, made: Any) -> KubernetesAttempt:
        run = _run(job)
        return KubernetesAttempt(
            cluster=self._cluster,
            run=run,
            uid=made["metadata"]["uid"],
            attempts=job.spec.get("retryPolicyConfiguration", {}).get("maxAttempts", 1),
            start_timeout=start_timeout(job.spec),
            open_log=lambda: DriverLog(
                api=self._cluster.api,
                run=run,
                folder=self._log_folder(job),
                rotation=rotation(job.spec),
                store=self._store,
                location=self._log_location(job),
            ),
        )

    async def _begin_log(self, job: Job) -> None:
        if (missing := unmet(job.spec)) is not None:
            log.warning("a job run asks for what is not done here", job_run=job.id, what=missing)
        location = self._log_location(job)
        # A place that the server's own --log-uri names, and not the job, is not the job's mistake.
        if location is not None and log_uri(job.spec) is not None:
            await begin_log(self._store, location, job_run=job.id)

    def _log_folder(self, job: Job) -> Path:
        return self._state_directory / "logs" / log_folder(job.id, virtual_cluster=job.virtual_cluster_id)

    def _log_location(self, job: Job) -> LogLocation | None:
        default = self._settings.log_uri
        try:
            return log_location(job.id, virtual_cluster=job.virtual_cluster_id, spec=job.spec, default=default)
        except ValidationException:
            return None  # accepted by a server before, with another runtime


def _run(job: Job) -> Run:
    return Run(id=job.id, virtual_cluster_id=job.virtual_cluster_id, namespace=job.namespace)
