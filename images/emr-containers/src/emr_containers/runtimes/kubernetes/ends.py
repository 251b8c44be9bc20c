"""How a driver ended, in the words of a run's `stateDetails`. Pure."""

import signal

from emr_containers.runtimes.kubernetes.objects import Ended, PodView, Said
from emr_containers.runtimes.outcome import Outcome, Reason

_NEVER_BEGAN = ("StartError", "ContainerCannotRun")
TIMED_OUT, REJECTED = "ResourceReservationTimeout", "ApplicationRejected"
"""The reason of a pod that YuniKorn has given up: a Hard gang was not complete in time, or no queue takes it.

Source: yunikorn-k8shim 1.9, pkg/cache/application.go, failTaskPodWithReasonAndMsg. It writes the pod's whole status
anew: phase, reason and message, and neither conditions nor containers.
"""


def failed(details: str, reason: Reason) -> Outcome:
    """The end of a run that will not be tried again: that was the Job's to do."""
    return Outcome(succeeded=False, details=details, reason=reason, retryable=False)


def given_up(pod: PodView) -> bool:
    """Whether YuniKorn has given the pod up, before it had a node: another like it would only wait as long."""
    return pod.phase == "Failed" and pod.said is not None and pod.said.reason in (TIMED_OUT, REJECTED)


def of_pod(pod: PodView) -> Outcome:
    """Why the driver's pod failed."""
    if given_up(pod) and pod.said is not None:
        return failed(
            f"YuniKorn has given the driver up ({pod.said.reason}): {pod.said.message}",
            "VALIDATION_ERROR" if pod.said.reason == REJECTED else "CLUSTER_UNAVAILABLE",
        )
    if pod.said is not None and pod.said.reason == "DeadlineExceeded":
        return failed("The driver was ended: it ran longer than its activeDeadlineSeconds allow.", "USER_ERROR")
    # What the cluster did to the pod explains an exit status, never the other way round.
    if pod.said is not None and (pod.ended is None or pod.said.reason == "Evicted"):
        return _taken(pod, pod.said)
    if pod.disrupted is not None:
        return _taken(pod, pod.disrupted)
    if pod.ended is not None and pod.ended.reason == "OOMKilled":
        return failed(_out_of_memory(pod), "USER_ERROR")
    if pod.deleted:
        return failed(f"The driver's pod {pod.name!r} was deleted.", "INTERNAL_ERROR")
    if pod.ended is None:
        return failed(f"The driver's pod {pod.name!r} is gone, and has left no reason.", "INTERNAL_ERROR")
    return _of_container(pod.ended)


def of_job(failure: Said) -> Outcome:
    """Why the Job failed, where no pod of it tells."""
    if failure.reason == "DeadlineExceeded":
        return failed("The run was ended: it took longer than its activeDeadlineSeconds allow.", "USER_ERROR")
    return failed(
        f"The run's Job failed, and its pods are gone ({failure.reason}): {failure.message}", "INTERNAL_ERROR"
    )


def _taken(pod: PodView, why: Said) -> Outcome:
    how = "evicted from" if why.reason == "Evicted" else "taken off"
    node = f"the node {pod.node!r}" if pod.node else "its node"
    cause = "" if why.reason == "Evicted" else f" ({why.reason})"
    return failed(f"The driver was {how} {node}{cause}: {why.message or 'no message'}", "CLUSTER_UNAVAILABLE")


def _out_of_memory(pod: PodView) -> str:
    had = f"it had {pod.memory_mib} MiB" if pod.memory_mib else "its node had no more"
    spark = "spark.driver.memory or spark.driver.memoryOverhead"
    more = spark if pod.spark else "the memory in the driver pod template of its release"
    return f"The driver was killed for want of memory (OOMKilled): {had}; raise {more}."


def _of_container(ended: Ended) -> Outcome:
    if ended.reason in _NEVER_BEGAN:
        return failed(f"The driver's container could not be started: {ended.message}", "VALIDATION_ERROR")
    if ended.exit_code - 128 in list(signal.Signals):  # how a runtime says that a signal ended it
        name = signal.Signals(ended.exit_code - 128).name
        return failed(f"The driver was killed by {name}. {ended.message}".strip(), "INTERNAL_ERROR")
    message = ended.message or f"The driver exited with status {ended.exit_code} and left no message; see its log."
    return failed(message, "USER_ERROR")
