"""Whether a run can ever be held, by a node, a queue, the cluster, and how it is to be scheduled, before it is made."""

from decimal import Decimal

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.job import Job
from emr_containers.runtimes.kubernetes.api import Api
from emr_containers.runtimes.kubernetes.driver_pods import executor_requests
from emr_containers.runtimes.kubernetes.gang import gang_of
from emr_containers.runtimes.kubernetes.gang_waits import gang_needs, subject
from emr_containers.runtimes.kubernetes.names import Run
from emr_containers.runtimes.kubernetes.nodes import Nodes
from emr_containers.runtimes.kubernetes.pods import Table
from emr_containers.runtimes.kubernetes.queues import GangDefaults, Queue, gang_defaults, never_fits, placed
from emr_containers.runtimes.kubernetes.releases import ClusterRelease
from emr_containers.runtimes.kubernetes.resources import pod_requests, shown
from emr_containers.runtimes.kubernetes.scheduling import Scheduling, user_of
from emr_containers.runtimes.kubernetes.yunikorn import Silence, YuniKorn
from emr_containers.settings import KubernetesSettings

_LESS = {
    "driver": "lower spark.driver.memory, spark.driver.memoryOverhead or spark.driver.cores",
    "executor": "lower spark.executor.memory, spark.executor.memoryOverhead or spark.executor.cores",
    "container": "ask for less in the driver pod template of its release",
    "gang": "ask for fewer or smaller executors",
}


class Admission:
    """What decides on runs that are not made yet. Lives on one event loop."""

    def __init__(self, *, api: Api, yunikorn: YuniKorn | None, settings: KubernetesSettings) -> None:
        self._nodes, self._yunikorn, self._settings = Nodes(api), yunikorn, settings
        self._queues: Queue | None = None

    async def scheduling(self, job: Job) -> Scheduling | None:
        """How YuniKorn is to schedule the run; None where the default scheduler does."""
        if self._yunikorn is None:
            return None
        # As the queues were last, where YuniKorn does not answer: it is seldom that they are changed.
        answer = await self._yunikorn.queues(afresh=True)
        if not isinstance(answer, Silence):
            self._queues = answer
        user = user_of(job.owner)
        path = self._path(job.namespace, user)
        defaults = gang_defaults(path[-1]) if path else GangDefaults()
        return Scheduling(user=user, style=defaults.style, timeout=defaults.timeout)

    async def check(
        self, made: Table, *, spec: JobSpec, release: ClusterRelease, run: Run, scheduling: Scheduling | None
    ) -> None:
        """Checks that the run could be held if there were no other.

        Args:
            made: its Job, from all the rest.
            scheduling: as `scheduling` has just said; its queues are those of then, or newer.

        Raises:
            ValidationException: it could not.
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
                f"{subject(gang)} asks for {shown(short)}; the queue {limit.queue.name} may have "
                f"{shown(limit.most)} at most: {remedy}."
            )
        if gang is not None and self._settings.refuse_oversized:
            await self._nodes.check_together(needed, what=subject(gang), remedy=remedy)

    def _path(self, namespace: str, user: str | None) -> tuple[Queue, ...]:
        return () if self._queues is None else placed(self._queues, namespace=namespace, user=user)
