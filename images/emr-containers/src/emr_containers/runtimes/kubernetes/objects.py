"""What is looked at of a Job and of a pod, read from the API's JSON. Pure.

Of thousands of executors no more than this is kept in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from emr_containers.runtimes.kubernetes.names import (
    COMPONENT_LABEL,
    DRIVER_CONTAINER,
    EXECUTOR_CONTAINER,
    JOB_RUN_LABEL,
    NEVER_ANNOTATION,
    TEMPLATE_ANNOTATION,
)
from emr_containers.runtimes.kubernetes.sizes import MEBI, quantity
from emr_containers.runtimes.sql_errors import sql_error

Object = Mapping[str, Any]
LOG_POLICY = "FallbackToLogsOnError"
"""The `terminationMessagePolicy` of a SQL script's driver: what Spark's SQL CLI has to say is in its log only."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A reason in one word, and a message."""

    reason: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a container ended."""

    exit_code: int
    reason: str
    message: str
    """The termination message: what the job left there, or why its SQL failed."""


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A run's Job."""

    name: str
    uid: str
    run: str | None
    never_starts: bool
    failed: int
    """Pods that have failed."""
    complete: bool
    failure: Said | None
    """Set when the Job has failed and will start no other pod."""
    gone: bool = False
    """Whether the API does not have it any more."""

    @property
    def over(self) -> bool:
        """Whether it has ended, and said how."""
        return self.complete or self.failure is not None


@dataclass(frozen=True, kw_only=True)
class PodView:
    """A driver's or an executor's pod."""

    name: str
    uid: str
    run: str
    driver: bool
    spark: bool
    """Whether it is of a Spark job, which has properties for its memory."""
    created: str
    """RFC 3339: later ones sort behind earlier ones."""
    phase: str
    node: str | None
    image: str
    memory_mib: int | None
    """The memory limit of the driver's or executor's container."""
    deleted: bool
    """Whether it is being deleted."""
    said: Said | None
    """The pod's own reason, such as Evicted."""
    unscheduled: str | None
    """Why it has no node yet."""
    disrupted: Said | None
    """Why the cluster takes it away."""
    ready: bool
    prepared: bool
    """Whether its volumes and its network are there."""
    waiting: Said | None
    """Why a container of it does not start."""
    started: bool
    """Whether the container runs, or has run."""
    ended: Ended | None
    gone: bool = False
    """Whether the API does not have it any more; drivers' pods are remembered for their end."""

    @property
    def over(self) -> bool:
        """Whether nothing of it runs any more."""
        return self.gone or self.phase in ("Succeeded", "Failed")


def job_view(job: Object) -> JobView:
    """A Job as far as we look at it."""
    metadata, status = job["metadata"], job.get("status", {})
    conditions = dict(_conditions(status))
    failed = conditions.get("Failed")
    return JobView(
        name=metadata["name"],
        uid=metadata["uid"],
        run=metadata.get("labels", {}).get(JOB_RUN_LABEL),
        never_starts=NEVER_ANNOTATION in metadata.get("annotations", {}),
        failed=status.get("failed", 0),
        complete="Complete" in conditions,
        failure=failed,
    )


def pod_view(pod: Object) -> PodView:
    """A pod with a run's label, as far as we look at it."""
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
        image=container.get("image", ""),
        memory_mib=_memory(container),
        deleted="deletionTimestamp" in metadata,
        said=_said(status) if status.get("reason") else None,
        unscheduled=_unscheduled(status),
        disrupted=conditions.get("DisruptionTarget"),
        ready="Ready" in conditions,
        prepared="PodReadyToStartContainers" in conditions,
        waiting=next(_waiting(status), None),
        # A container that could not be made is said to have ended at the epoch, and has never been there.
        started="running" in state or bool(ended and ended.get("containerID")),
        ended=_ended(ended, container) if ended else None,
    )


def _conditions(status: Object) -> Iterator[tuple[str, Said]]:
    for condition in status.get("conditions") or []:
        if condition["status"] == "True":
            yield condition["type"], _said(condition)


def _unscheduled(status: Object) -> str | None:
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("message") or condition.get("reason") or "no reason is given")
    return None


def _said(table: Object) -> Said:
    return Said(reason=table.get("reason") or "", message=(table.get("message") or "").strip())


def _ended(terminated: Object, container: Object) -> Ended:
    said = _said(terminated)
    message = said.message.replace("\0", "")
    if container.get("terminationMessagePolicy") == LOG_POLICY and said.reason == "Error":
        message = sql_error(message)  # the end of a log, which may hold rows of a table
    return Ended(exit_code=terminated.get("exitCode", 0), reason=said.reason, message=message)


def _state(status: Object, name: str) -> Object:
    for container in status.get("containerStatuses") or []:
        if container["name"] == name:
            state: Object = container.get("state") or {}
            return state
    return {}


def _waiting(status: Object) -> Iterator[Said]:
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting")
        if waiting and waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            yield _said(waiting)


def _memory(container: Object) -> int | None:
    limit = (container.get("resources") or {}).get("limits", {}).get("memory")
    return None if limit is None else int(quantity(str(limit), name="memory") / MEBI)
