"""The fields of Jobs and pods that the runtime reads, from the API's JSON. Pure.

Only these fields are kept in memory, since there may be thousands of executors.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from longshore_libs.quantities import MEBI

from emr_containers.runtimes.kubernetes.names import (
    COMPONENT_LABEL,
    DRIVER_CONTAINER,
    EXECUTOR_CONTAINER,
    JOB_RUN_LABEL,
    LOG_POLICY,
    NEVER_STARTS_ANNOTATION,
    TEMPLATE_ANNOTATION,
)
from emr_containers.runtimes.kubernetes.quantities import quantity
from emr_containers.runtimes.spark.sql_errors import sql_error

ApiObject = Mapping[str, Any]
NEVER_BEGAN = ("StartError", "ContainerCannotRun")
"""The reasons of a container that could not be started; its message is the cluster's own."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A reason in one word, and a message, as Kubernetes gives them."""

    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class ContainerExit:
    """The end of a container."""

    exit_code: int
    reason: str
    message: str
    """The termination message: the text that the job left, or the error of its SQL."""


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A run's Job."""

    name: str
    uid: str
    run: str | None
    never_starts: bool
    failed: int
    """The number of pods that have failed."""
    complete: bool
    failure: Explanation | None
    """The reason, if the Job has failed and will start no other pod."""
    gone: bool = False
    """True if the API no longer has it."""

    @property
    def over(self) -> bool:
        """True if it has ended with a result."""
        return self.complete or self.failure is not None


@dataclass(frozen=True, kw_only=True)
class PodView:
    """A driver's or an executor's pod."""

    name: str
    uid: str
    run: str
    driver: bool
    spark: bool
    """True if it belongs to a Spark job, whose memory is set by properties."""
    created: str
    """The creation time in RFC 3339, so that later times sort behind earlier ones."""
    phase: str
    node: str | None
    scheduler: str
    image: str
    memory_mib: int | None
    """The memory limit of the driver's or executor's container."""
    deleted: bool
    """True if it is being deleted."""
    status_reason: Explanation | None
    """The reason in the pod's own status, such as Evicted."""
    unscheduled: str | None
    """The reason why it has no node yet."""
    disrupted: Explanation | None
    """The reason why the cluster removes it."""
    ready: bool
    prepared: bool
    """True if its volumes and its network are ready."""
    waiting: Explanation | None
    """The reason why one of its containers does not start."""
    started: bool
    """True if the container runs, or has run."""
    ended: ContainerExit | None
    gone: bool = False
    """True if the API no longer has it. Drivers' pods are kept, and those of executors that ran out of memory."""

    @property
    def out_of_memory(self) -> bool:
        """True if its container was killed because it used more memory than its limit."""
        return self.ended is not None and self.ended.reason == "OOMKilled"

    @property
    def over(self) -> bool:
        """True if none of its containers runs any more."""
        return self.gone or self.phase in ("Succeeded", "Failed")


def job_view(job: ApiObject) -> JobView:
    """Returns the fields of a Job that the runtime reads."""
    metadata, status = job["metadata"], job.get("status", {})
    conditions = dict(_conditions(status))
    failed = conditions.get("Failed")
    return JobView(
        name=metadata["name"],
        uid=metadata["uid"],
        run=metadata.get("labels", {}).get(JOB_RUN_LABEL),
        never_starts=NEVER_STARTS_ANNOTATION in metadata.get("annotations", {}),
        failed=status.get("failed", 0),
        complete="Complete" in conditions,
        failure=failed,
    )


def pod_view(pod: ApiObject) -> PodView:
    """Returns the fields of a run's pod that the runtime reads."""
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    labels = metadata["labels"]
    containers = {container["name"]: container for container in spec["containers"]}
    driver = labels.get(COMPONENT_LABEL) == "driver"
    own = DRIVER_CONTAINER if driver else EXECUTOR_CONTAINER
    container = containers.get(own, spec["containers"][0])
    state = _state(status, container["name"])
    ended = state.get("terminated")
    conditions = dict(_conditions(status))
    return PodView(
        name=metadata["name"],
        uid=metadata["uid"],
        run=labels[JOB_RUN_LABEL],
        driver=driver,
        spark=not driver or TEMPLATE_ANNOTATION in metadata.get("annotations", {}),
        created=metadata["creationTimestamp"],
        phase=status.get("phase", "Pending"),
        node=spec.get("nodeName"),
        scheduler=spec.get("schedulerName", ""),
        image=container.get("image", ""),
        memory_mib=_memory(container),
        deleted="deletionTimestamp" in metadata,
        status_reason=_explanation(status) if status.get("reason") else None,
        unscheduled=_unscheduled(status),
        disrupted=conditions.get("DisruptionTarget"),
        ready="Ready" in conditions,
        prepared="PodReadyToStartContainers" in conditions,
        waiting=next(_waiting(status), None),
        # A container that could not be created is reported as ended at the epoch, but has no ID.
        started="running" in state or bool(ended and ended.get("containerID")),
        ended=_ended(ended, container) if ended else None,
    )


def _conditions(status: ApiObject) -> Iterator[tuple[str, Explanation]]:
    for condition in status.get("conditions") or []:
        if condition["status"] == "True":
            yield condition["type"], _explanation(condition)


def _unscheduled(status: ApiObject) -> str | None:
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message") or condition.get("reason") or "no reason is given")
    return None


def _explanation(table: ApiObject) -> Explanation:
    return Explanation(reason=table.get("reason") or "", message=(table.get("message") or "").strip())


def _ended(terminated: ApiObject, container: ApiObject) -> ContainerExit:
    explanation = _explanation(terminated)
    message = explanation.message.replace("\0", "")
    if container.get("terminationMessagePolicy") == LOG_POLICY and explanation.reason not in NEVER_BEGAN:
        message = sql_error(message)  # the message is the end of the log, which may contain rows of a table
    return ContainerExit(exit_code=terminated.get("exitCode", 0), reason=explanation.reason, message=message)


def _state(status: ApiObject, name: str) -> ApiObject:
    for container in status.get("containerStatuses") or []:
        if container["name"] == name:
            state: ApiObject = container.get("state") or {}
            return state
    return {}


def _waiting(status: ApiObject) -> Iterator[Explanation]:
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            yield _explanation(waiting)


def _memory(container: ApiObject) -> int | None:
    limit = (container.get("resources") or {}).get("limits", {}).get("memory")
    return None if limit is None else int(quantity(str(limit), name="memory") / MEBI)
