"""What a run's Job, pods and warnings say of the run. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from emr_containers.runtimes.kubernetes.ends import given_up, of_job, of_pod
from emr_containers.runtimes.kubernetes.objects import JobView, PodView, Said
from emr_containers.runtimes.kubernetes.waits import Wait, of_driver, of_executors, of_no_pod
from emr_containers.runtimes.outcome import Outcome, Progress


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that is known of a run in the cluster at one time."""

    job: JobView
    pods: Sequence[PodView] = ()
    warnings: Mapping[str, Said] = field(default_factory=dict)
    """The last warning about an object, by its name: what no status says."""

    @property
    def drivers(self) -> list[PodView]:
        """The drivers' pods, the oldest first."""
        return sorted((pod for pod in self.pods if pod.driver), key=lambda pod: (pod.created, pod.name))

    @property
    def driver(self) -> PodView | None:
        """The pod of the attempt that is under way, if there is one."""
        return next((pod for pod in reversed(self.drivers) if not pod.over), None)

    @property
    def without_node(self) -> PodView | None:
        """The driver that waits for a node, if there is one."""
        return self.driver if self.driver is not None and self.driver.node is None else None

    @property
    def given_up(self) -> PodView | None:
        """The driver that its scheduler has given up, and with it the run, unless one after it has got a node."""
        for pod in reversed(self.drivers):
            if pod.node is not None:
                return None
            if given_up(pod):
                return pod
        return None

    @property
    def executors(self) -> list[PodView]:
        """The executors that have not ended."""
        return [pod for pod in self.pods if not pod.driver and not pod.over]


def progress(snapshot: Snapshot, *, attempts: int) -> Progress:
    """How far the run is.

    Args:
        attempts: how many the retry policy allows.
    """
    driver = snapshot.driver
    over = _failed(snapshot)
    # The Job may not have counted the last one yet, and earlier ones may be gone.
    failures = max(snapshot.job.failed, len(over))
    details = None
    if snapshot.given_up is not None:
        # There is no next one, whatever the policy allows.
        details, attempts = of_pod(snapshot.given_up).details, min(failures, attempts)
    elif (wait := waits_for(snapshot)) is not None:
        details = wait.details
    elif driver is not None and driver.started:
        details = of_executors(snapshot.executors)
    elif over:
        details = of_pod(over[-1]).details
        if failures < attempts:
            details = f"Attempt {failures} of {attempts} failed: {details}"
    return Progress(
        running=any(pod.started for pod in snapshot.drivers), details=details, attempt=min(failures + 1, attempts)
    )


def waits_for(snapshot: Snapshot) -> Wait | None:
    """What keeps the driver from running, where it is more than the time that a start takes."""
    if snapshot.driver is None:
        warning = snapshot.warnings.get(snapshot.job.name)
        # It may be of an earlier attempt: with a failed pod, the Job waits for its time.
        return of_no_pod(warning) if warning is not None and not snapshot.drivers else None
    return of_driver(snapshot.driver, warning=snapshot.warnings.get(snapshot.driver.name))


def outcome(snapshot: Snapshot) -> Outcome | None:
    """How the run ended; None while the Job goes on."""
    if snapshot.job.complete:
        return Outcome(succeeded=True, details="")
    if snapshot.job.failure is None:
        return None
    if snapshot.given_up is not None:
        return of_pod(snapshot.given_up)
    over = _failed(snapshot)
    return of_pod(over[-1]) if over else of_job(snapshot.job.failure)


def _failed(snapshot: Snapshot) -> list[PodView]:
    return [pod for pod in snapshot.drivers if pod.over and pod.phase != "Succeeded"]
