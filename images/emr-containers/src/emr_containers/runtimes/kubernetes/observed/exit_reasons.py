"""The reasons of a driver's end, in the words of a run's `stateDetails`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from emr_containers.runtimes.failures.driver_failure import MORE_MEMORY, driver_failure, killed_by
from emr_containers.runtimes.failures.log_end import NOTHING, LogEnd
from emr_containers.runtimes.kubernetes.observed.objects import NEVER_BEGAN, ContainerExit, Explanation, PodView
from emr_containers.runtimes.outcome import Outcome, Reason

TIMED_OUT, REJECTED = "ResourceReservationTimeout", "ApplicationRejected"
"""The reasons of pods that YuniKorn gave up: a Hard gang was not complete in time, or no queue accepts it.

Source: yunikorn-k8shim 1.9, pkg/cache/application.go, failTaskPodWithReasonAndMsg. It replaces the pod's whole
status by phase, reason and message, so that conditions and containers are lost.
"""

_TOO_MUCH = re.compile(r"exceeds the limit|exceeds the total limit|exceeded its local ephemeral storage limit")
"""The kubelet's messages about a pod that has written more than it may; the node is well.

Source: Kubernetes, pkg/kubelet/eviction/helpers.go.
"""
_BEGINNING = 60
"""The number of characters that a message keeps where it is shortened to make room for the executors."""


def run_failed(details: str, reason: Reason) -> Outcome:
    """Returns the end of a run that the dispatcher does not retry, because the Job itself retries."""
    return Outcome(succeeded=False, details=details, reason=reason, retryable=False)


def is_given_up(pod: PodView) -> bool:
    """Returns True if YuniKorn gave the pod up before it had a node. Another such pod would only wait as long."""
    return pod.phase == "Failed" and pod.status_reason is not None and pod.status_reason.reason in (TIMED_OUT, REJECTED)


def pod_failure(pod: PodView, *, end: LogEnd = NOTHING, killed: Sequence[PodView] = ()) -> Outcome:
    """Returns why the driver's pod failed, with the message that the driver left.

    Args:
        end: the end of the driver's log.
        killed: the driver's executors that ran out of memory.
    """
    why, message = _why(pod, end, killed), "" if pod.ended is None else pod.ended.message
    return why if message[:_BEGINNING] in why.details else replace(why, details=f"{why.details.rstrip('.')}. {message}")


def exited_by_itself(ended: ContainerExit) -> bool:
    """Returns True if a driver ran and ended with a status of its own, not by a signal or for lack of memory."""
    return ended.reason not in (*NEVER_BEGAN, "OOMKilled") and killed_by(ended.exit_code) is None


def _why(pod: PodView, end: LogEnd, killed: Sequence[PodView]) -> Outcome:
    if is_given_up(pod) and pod.status_reason is not None:
        return run_failed(
            f"YuniKorn gave the driver up ({pod.status_reason.reason}): {pod.status_reason.message}",
            "VALIDATION_ERROR" if pod.status_reason.reason == REJECTED else "CLUSTER_UNAVAILABLE",
        )
    if pod.status_reason is not None and pod.status_reason.reason == "DeadlineExceeded":
        return run_failed("The driver was ended: it ran longer than its activeDeadlineSeconds allow.", "USER_ERROR")
    # An action of the cluster explains an exit status, never the other way round.
    if pod.status_reason is not None and (pod.ended is None or pod.status_reason.reason == "Evicted"):
        return _taken(pod, pod.status_reason)
    if pod.disrupted is not None:
        return _taken(pod, pod.disrupted)
    if pod.ended is not None and pod.ended.reason == "OOMKilled":
        return run_failed(_out_of_memory(pod, status=pod.ended.exit_code), "USER_ERROR")
    if pod.deleted:
        return run_failed(f"The driver's pod {pod.name!r} was deleted.", "INTERNAL_ERROR")
    if pod.ended is None:
        return run_failed(f"The driver's pod {pod.name!r} was deleted without a reason.", "INTERNAL_ERROR")
    return _of_container(pod.ended, end, killed)


def job_failure(failure: Explanation) -> Outcome:
    """Returns why the Job failed, for a Job without a pod that tells the reason."""
    if failure.reason == "DeadlineExceeded":
        return run_failed("The run was ended: it took longer than its activeDeadlineSeconds allow.", "USER_ERROR")
    return run_failed(
        f"The run's Job failed and its pods are deleted ({failure.reason}): {failure.message}", "INTERNAL_ERROR"
    )


def _taken(pod: PodView, why: Explanation) -> Outcome:
    how = "evicted from" if why.reason == "Evicted" else "taken off"
    node = f"the node {pod.node!r}" if pod.node else "its node"
    cause = "" if why.reason == "Evicted" else f" ({why.reason})"
    details = f"The driver was {how} {node}{cause}: {why.message or 'no message'}"
    if why.reason == "Evicted" and _TOO_MUCH.search(why.message):
        more = (
            "Let it write less, or ask for a larger jobs.emptyDirConfig.sizeLimit or ephemeral-storage of its release."
        )
        return run_failed(f"{details.strip()} {more}", "USER_ERROR")
    return run_failed(details, "CLUSTER_UNAVAILABLE")


def _out_of_memory(pod: PodView, *, status: int) -> str:
    had = f"it had {pod.memory_mib} MiB" if pod.memory_mib else "its node had no more"
    spark = "spark.driver.memory or spark.driver.memoryOverhead"
    more = spark if pod.spark else "the memory in the driver pod template of its release"
    return f"The driver ran out of memory and was killed (OOMKilled, exit status {status}): {had}; raise {more}."


def _executors_out_of_memory(killed: Sequence[PodView]) -> str:
    if not killed:
        return ""
    last = max(killed, key=lambda pod: (pod.created, pod.name))
    had = f", had {last.memory_mib} MiB" if last.memory_mib else ""
    which = f"Executor {last.name!r}" if len(killed) == 1 else f"{len(killed)} executors, the last {last.name!r},"
    return f"{which} ran out of memory (OOMKilled{had}): {MORE_MEMORY}."


def _of_container(ended: ContainerExit, end: LogEnd, killed: Sequence[PodView]) -> Outcome:
    if ended.reason in NEVER_BEGAN:
        return run_failed(f"The driver's container could not be started: {ended.message}", "VALIDATION_ERROR")
    if (number := killed_by(ended.exit_code)) is not None:
        return run_failed(f"The driver was killed by {number.name}. {ended.message}".strip(), "INTERNAL_ERROR")
    details = driver_failure(
        ended.message, end, status=ended.exit_code, killed=_executors_out_of_memory(killed), log="log"
    )
    return run_failed(details, "USER_ERROR")
