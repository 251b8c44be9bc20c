"""What keeps a run from running, in the words of its `stateDetails`, and whether waiting is of any use. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from emr_containers.runtimes.kubernetes.objects import PodView, Said

Patience = Literal["none", "some", "endless"]
"""How long it is worth waiting: not at all, as long as a fault may take to be mended, or until it is over."""
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
"""The reasons of events that say what no status does."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What a run waits for."""

    details: str
    patience: Patience


def of_no_pod(warning: Said) -> Wait:
    """What keeps the Job from making the driver's pod."""
    # A quota is free again when something else has ended; all else is somebody's to mend.
    patience: Patience = "endless" if "exceeded quota" in warning.message else "some"
    return Wait(details=f"The driver's pod cannot be made: {warning.message}", patience=patience)


def of_driver(pod: PodView, *, warning: Said | None) -> Wait | None:
    """What keeps the driver's pod from running, or from being heard of; None where there is nothing to say."""
    if pod.started:
        if warning is not None and warning.reason == "NodeNotReady" and not pod.ready and pod.ended is None:
            return Wait(details=f"The driver's node {pod.node!r} does not answer.", patience="endless")
        return None
    if pod.unscheduled is not None:
        return Wait(details=f"The driver waits for a node: {pod.unscheduled}", patience="endless")
    if pod.waiting is not None:
        return _of_container(pod, pod.waiting)
    if warning is not None and warning.reason != "NodeNotReady" and not pod.prepared:
        patience: Patience = "some" if _MISSING.search(warning.message) else "endless"
        return Wait(details=f"The driver's pod is not ready to start: {warning.message}", patience=patience)
    return None


def of_executors(executors: Sequence[PodView]) -> str | None:
    """What keeps executors from running, of the first of them; None where they run, or start."""
    waiting = [(pod, wait) for pod in executors if (wait := _executor(pod)) is not None]
    if not waiting:
        return None
    return f"{len(waiting)} of {len(executors)} executors do not run: {waiting[0][1]}"


def _executor(pod: PodView) -> str | None:
    if pod.unscheduled is not None:
        return pod.unscheduled
    return None if pod.waiting is None else f"{pod.waiting.reason}: {pod.waiting.message}"


def _of_container(pod: PodView, waiting: Said) -> Wait:
    if waiting.reason in _IMAGE:
        details = f"The driver's image {pod.image!r} {_IMAGE[waiting.reason]} ({waiting.reason}): {waiting.message}"
        return Wait(details=details, patience="none" if waiting.reason in _HOPELESS else "some")
    return Wait(details=f"The driver's container cannot be made ({waiting.reason}): {waiting.message}", patience="some")
