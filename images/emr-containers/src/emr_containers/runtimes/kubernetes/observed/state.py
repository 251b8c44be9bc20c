"""A run's progress and outcome, from its Job, pods and warnings. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emr_containers.runtimes.failures.driver_failure import own_words
from emr_containers.runtimes.failures.log_end import NOTHING, LogEnd
from emr_containers.runtimes.kubernetes.observed.exit_reasons import (
    exited_by_itself,
    is_given_up,
    job_failure,
    pod_failure,
)
from emr_containers.runtimes.kubernetes.observed.objects import Explanation, JobView, PodView
from emr_containers.runtimes.kubernetes.observed.pending_reasons import (
    PendingReason,
    driver_reason,
    executors_reason,
    left_to_yunikorn_reason,
    no_pod_reason,
    not_admitted_reason,
)
from emr_containers.runtimes.outcome import Outcome, Progress

_NOT_KNOWN = "How far the driver came is not known: its pod was deleted before its end could be read."


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that is known about a run in the cluster at one time."""

    job: JobView
    pods: Sequence[PodView] = ()
    warnings: Mapping[str, Explanation] = field(default_factory=dict)
    """The last warning about an object, by the object's name."""
    log_ends: Mapping[str, LogEnd] = field(default_factory=dict)
    """The ends of the drivers' logs, by their pods' UIDs."""
    yunikorn: bool = False
    """True if YuniKorn schedules all pods of the runs that begin now."""

    @property
    def drivers(self) -> list[PodView]:
        """The drivers' pods, the oldest first."""
        return sorted((pod for pod in self.pods if pod.driver), key=lambda pod: (pod.created, pod.name))

    @property
    def driver(self) -> PodView | None:
        """The pod of the current attempt; None: there is none."""
        return next((pod for pod in reversed(self.drivers) if not pod.over), None)

    @property
    def without_node(self) -> PodView | None:
        """The driver that waits for a node; None: there is none."""
        return self.driver if self.driver is not None and self.driver.node is None else None

    @property
    def given_up(self) -> PodView | None:
        """The driver that its scheduler gave up; it ends the run. None: there is none, or a later driver has a node."""
        for pod in reversed(self.drivers):
            if pod.node is not None:
                return None
            if is_given_up(pod):
                return pod
        return None

    @property
    def executors(self) -> list[PodView]:
        """The executors that have not ended."""
        return [pod for pod in self.pods if not pod.driver and not pod.over]

    def failure(self, driver: PodView) -> Outcome:
        """Returns why this driver failed."""
        killed = [pod for pod in self.pods if not pod.driver and pod.out_of_memory and pod.created >= driver.created]
        return pod_failure(driver, end=self.log_ends.get(driver.uid, NOTHING), killed=killed)


def progress(snapshot: Snapshot, *, attempts: int) -> Progress:
    """Returns the progress of the run.

    Args:
        attempts: the number of attempts that the retry policy allows.
    """
    driver = snapshot.driver
    over = _failed(snapshot)
    # The Job may not have counted the last failure yet, and the pods of earlier ones may be deleted.
    failures = max(snapshot.job.failed, len(over))
    details = None
    if snapshot.given_up is not None:
        # No attempt follows, no matter how many the policy allows.
        details, attempts = pod_failure(snapshot.given_up).details, min(failures, attempts)
    elif (wait := pending_reason(snapshot)) is not None:
        details = wait.details
    elif driver is not None and driver.started:
        details = (
            left_to_yunikorn_reason(snapshot.executors, yunikorn=snapshot.yunikorn)
            or executors_reason(snapshot.executors)
            or not_admitted_reason(driver, snapshot.executors, yunikorn=snapshot.yunikorn)
        )
    elif over:
        details = snapshot.failure(over[-1]).details
        if failures < attempts:
            details = f"Attempt {failures} of {attempts} failed: {details}"
    return Progress(
        running=any(pod.started for pod in snapshot.drivers),
        details=details,
        attempt=min(failures + 1, attempts),
        messages=messages(snapshot.drivers, ended=over, log_ends=snapshot.log_ends),
    )


def messages(drivers: Sequence[PodView], *, ended: Sequence[PodView], log_ends: Mapping[str, LogEnd]) -> dict[str, str]:
    """Returns the messages of drivers, by their pods' UIDs; see `Outcome.messages`.

    Args:
        drivers: the drivers' pods, the oldest first.
        ended: the pods whose end is known. Others that have started may never be seen again.
        log_ends: the ends of the drivers' logs, by their pods' UIDs.
    """
    return {pod.uid: _message(pod, ended, log_ends.get(pod.uid, NOTHING)) for pod in drivers if pod.started}


def _message(pod: PodView, ended: Sequence[PodView], end: LogEnd) -> str:
    if pod.ended is None or pod not in ended:
        return _NOT_KNOWN
    if pod.ended.message or not exited_by_itself(pod.ended):
        return pod.ended.message
    return own_words(end, status=pod.ended.exit_code)


def pending_reason(snapshot: Snapshot) -> PendingReason | None:
    """Returns the reason why the driver does not run; None if it runs or is just starting."""
    if snapshot.driver is None:
        warning = snapshot.warnings.get(snapshot.job.name)
        # The warning may belong to an earlier attempt: after a failed pod, the Job waits for its back-off.
        return no_pod_reason(warning) if warning is not None and not snapshot.drivers else None
    left = left_to_yunikorn_reason([snapshot.driver], yunikorn=snapshot.yunikorn)
    if left is not None:
        return PendingReason(details=left, tolerance="unlimited")
    return driver_reason(snapshot.driver, warning=snapshot.warnings.get(snapshot.driver.name))


def outcome(snapshot: Snapshot) -> Outcome | None:
    """Returns the outcome of the run; None while the Job goes on."""
    if snapshot.job.complete:
        return Outcome(succeeded=True, details="")
    if snapshot.job.failure is None:
        return None
    if snapshot.given_up is not None:
        return pod_failure(snapshot.given_up)
    over = _failed(snapshot)
    return snapshot.failure(over[-1]) if over else job_failure(snapshot.job.failure)


def _failed(snapshot: Snapshot) -> list[PodView]:
    return [pod for pod in snapshot.drivers if pod.over and pod.phase != "Succeeded"]
