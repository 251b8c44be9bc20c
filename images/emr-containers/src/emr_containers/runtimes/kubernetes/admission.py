"""Admission of a run before its Job is created: its scheduling, and whether node, queue and cluster can hold it."""

from decimal import Decimal

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.kubernetes.cluster.api import Api
from emr_containers.runtimes.kubernetes.cluster.nodes import Nodes
from emr_containers.runtimes.kubernetes.manifest.driver_pods import executor_requests
from emr_containers.runtimes.kubernetes.manifest.gang import gang_of
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject
from emr_containers.runtimes.kubernetes.manifest.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.manifest.resources import describe_amounts, pod_requests
from emr_containers.runtimes.kubernetes.manifest.scheduling import Scheduling, user_of
from emr_containers.runtimes.kubernetes.names import RunIdentity
from emr_containers.runtimes.kubernetes.yunikorn.client import NoAnswer, YuniKorn
from emr_containers.runtimes.kubernetes.yunikorn.gang_pending_reasons import gang_needs, subject
from emr_containers.runtimes.kubernetes.yunikorn.queue_tree import (
    GangDefaults,
    Queue,
    gang_defaults,
    never_fits,
    placement_path,
)
from emr_containers.runtimes.runtime import JobAttempt
from emr_containers.settings import KubernetesSettings

_LESS = {
    "driver": "lower spark.driver.memory, spark.driver.memoryOverhead or spark.driver.cores",
    "executor": "lower spark.executor.memory, spark.executor.memoryOverhead or spark.executor.cores",
    "container": "ask for less, in the job or in the driver pod template of its release",
    "gang": "ask for fewer or smaller executors",
}


class Admission:
    """Decides on runs whose Jobs are not created yet. Belongs to one event loop."""

    def __init__(self, *, api: Api, yunikorn: YuniKorn | None, settings: KubernetesSettings) -> None:
        self._nodes, self._yunikorn, self._settings = Nodes(api), yunikorn, settings
        self._queues: Queue | None = None

    async def scheduling(self, job: JobAttempt) -> Scheduling | None:
        """Returns how YuniKorn schedules the run; None: the default scheduler does."""
        if self._yunikorn is None:
            return None
        # If YuniKorn does not answer, its last known queues are used; queues seldom change.
        answer = await self._yunikorn.queues(afresh=True)
        if not isinstance(answer, NoAnswer):
            self._queues = answer
        user = user_of(job.owner)
        path = self._path(job.namespace, user)
        defaults = gang_defaults(path[-1]) if path else GangDefaults()
        return Scheduling(user=user, style=defaults.style, timeout=defaults.timeout)

    async def check(
        self,
        made: JsonObject,
        *,
        spec: JobSpec,
        release: ClusterRelease,
        run: RunIdentity,
        scheduling: Scheduling | None,
    ) -> None:
        """Checks that the run would fit if there were no other.

        Args:
            made: the run's Job, built from the other arguments.
            scheduling: the result of `scheduling`; the queues are those of that call, or newer.

        Raises:
            ValidationException: it would not fit.
        """
        template = made["spec"]["template"]
        driver, gang = pod_requests(template["spec"]), gang_of(template)
        kind = "driver" if release.release.kind == "spark" else "container"
        if self._settings.refuse_oversized:
            await self._nodes.check(driver, what="The driver", remedy=_LESS[kind])
            if kind == "driver":
                executor = executor_requests(spec, release, run)
                await self._nodes.check(executor, what="An executor", remedy=_LESS["executor"])
        if scheduling is None:
            return
        needed = {**driver, "pods": Decimal(1)} if gang is None else gang_needs(gang)
        remedy = _LESS[kind if gang is None else "gang"]
        path = self._path(run.namespace, scheduling.user)
        if (limit := never_fits(path, needed)) is not None:
            short = {name: needed[name] for name in limit.most}
            raise ValidationException(
                f"{subject(gang)} asks for {describe_amounts(short)}; the queue {limit.queue.name} may have "
                f"{describe_amounts(limit.most)} at most: {remedy}."
            )
        if gang is not None and self._settings.refuse_oversized:
            await self._nodes.check_together(needed, what=subject(gang), remedy=remedy)

    def _path(self, namespace: str, user: str | None) -> tuple[Queue, ...]:
        return () if self._queues is None else placement_path(self._queues, namespace=namespace, user=user)
