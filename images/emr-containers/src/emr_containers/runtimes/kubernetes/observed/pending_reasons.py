"""The reasons why a run does not run yet, in the words of its `stateDetails`, and how long to wait. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from emr_containers.runtimes.kubernetes.names import YUNIKORN
from emr_containers.runtimes.kubernetes.observed.objects import Explanation, PodView

Tolerance = Literal["none", "limited", "unlimited"]
"""The time to wait: none, limited (until a fault should have been repaired), or unlimited."""
_IMAGE = {
    "ErrImagePull": "cannot be pulled",
    "ImagePullBackOff": "cannot be pulled",
    "RegistryUnavailable": "cannot be pulled",
    "SignatureValidationFailed": "is not signed as it must be",
    "ImageInspectError": "cannot be read",
    "ErrImageNeverPull": "is not on the node, and must not be pulled",
    "InvalidImageName": "has no valid name",
}
_HOPELESS = ("ErrImageNeverPull", "InvalidImageName")
_MISSING = re.compile(r"(?i)\b(secret|configmap)s? \"[^\"]*\" not found|references non-existent")
WARNINGS = frozenset({"FailedCreate", "FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "NodeNotReady"})
"""The reasons of events that contain information which no status has."""


@dataclass(frozen=True, kw_only=True)
class PendingReason:
    """The reason why a run does not run yet."""

    details: str
    tolerance: Tolerance


def no_pod_reason(warning: Explanation) -> PendingReason:
    """Returns the reason why the Job cannot create the driver's pod."""
    # A quota becomes free when something else ends; every other fault has to be repaired.
    tolerance: Tolerance = "unlimited" if "exceeded quota" in warning.message else "limited"
    return PendingReason(details=f"The driver's pod cannot be created: {warning.message}", tolerance=tolerance)


def driver_reason(pod: PodView, *, warning: Explanation | None) -> PendingReason | None:
    """Returns the reason why the driver's pod does not run, or cannot be reached; None if there is no reason."""
    if pod.started:
        if warning is not None and warning.reason == "NodeNotReady" and not pod.ready and pod.ended is None:
            return PendingReason(details=f"The driver's node {pod.node!r} does not answer.", tolerance="unlimited")
        return None
    if pod.unscheduled is not None:
        return PendingReason(details=f"The driver waits for a node: {pod.unscheduled}", tolerance="unlimited")
    if pod.waiting is not None:
        return _of_container(pod, pod.waiting)
    if warning is not None and warning.reason != "NodeNotReady" and not pod.prepared:
        tolerance: Tolerance = "limited" if _MISSING.search(warning.message) else "unlimited"
        return PendingReason(details=f"The driver's pod is not ready to start: {warning.message}", tolerance=tolerance)
    return None


def executors_reason(executors: Sequence[PodView]) -> str | None:
    """Returns how many executors do not run, and the reason of the first; None if all run or start."""
    waiting = [(pod, wait) for pod in executors if (wait := _executor(pod)) is not None]
    if not waiting:
        return None
    return f"{len(waiting)} of {len(executors)} executors do not run: {waiting[0][1]}"


def left_to_yunikorn_reason(pods: Sequence[PodView], *, yunikorn: bool) -> str | None:
    """Returns why pods that were made for YuniKorn wait after it was switched off; None if none of them waits.

    A pod never changes its scheduler. So these are placed as long as YuniKorn itself runs, and by no other scheduler.

    Args:
        pods: the driver, or the executors of a run.
        yunikorn: whether the server uses YuniKorn.
    """
    left = [pod for pod in pods if pod.node is None and pod.scheduler == YUNIKORN and not pod.over]
    if yunikorn or not left:
        return None
    waits = "The driver waits" if left[0].driver else f"{len(left)} of {len(pods)} executors wait"
    last = f" YuniKorn said: {left[0].unscheduled}" if left[0].unscheduled else ""
    return (
        f"{waits} for YuniKorn, which was switched off here after the run began, and no other scheduler places pods of "
        f"this run. Let YuniKorn run until the run has ended, or cancel the run and start it again.{last}"
    )


def not_admitted_reason(driver: PodView, executors: Sequence[PodView], *, yunikorn: bool) -> str | None:
    """Returns why a driver that began before YuniKorn was switched on has no executors; None if that is not so.

    The cluster's policy admits executors of YuniKorn's alone (helm/longshore, `job-pods`). Spark asks again each
    second, and writes the refusal into its log only.
    """
    if not yunikorn or not driver.spark or driver.scheduler in ("", YUNIKORN) or executors:
        return None
    return (
        "The driver began before YuniKorn was switched on here, and executors are admitted under YuniKorn only: what "
        "it still has to compute on executors never ends. Cancel the run, and start it again."
    )


def _executor(pod: PodView) -> str | None:
    if pod.unscheduled is not None:
        return pod.unscheduled
    return None if pod.waiting is None else f"{pod.waiting.reason}: {pod.waiting.message}"


def _of_container(pod: PodView, waiting: Explanation) -> PendingReason:
    if waiting.reason in _IMAGE:
        details = f"The driver's image {pod.image!r} {_IMAGE[waiting.reason]} ({waiting.reason}): {waiting.message}"
        return PendingReason(details=details, tolerance="none" if waiting.reason in _HOPELESS else "limited")
    return PendingReason(
        details=f"The driver's container cannot be created ({waiting.reason}): {waiting.message}", tolerance="limited"
    )
