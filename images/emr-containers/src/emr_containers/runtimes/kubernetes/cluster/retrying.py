"""Retries with growing waits while the Kubernetes API is unavailable."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from longshore_libs.kubernetes.client import is_transient
from longshore_libs.retries import PATIENT, retry_async

log = structlog.get_logger()
T = TypeVar("T")


async def retrying(request: Callable[[], Awaitable[T]], *, what: str) -> T:
    """Returns the request's answer, no matter how long the API is unavailable.

    Args:
        request: may be sent several times, and an attempt without an answer may have succeeded.
        what: the activity for the log, such as `creating the Job`.

    Raises:
        KubernetesError: the API refused, and a retry would not help.
    """

    def warn(error: Exception, seconds: float) -> None:
        log.warning("the cluster does not answer", what=what, error=str(error), again_in=seconds)

    return await retry_async(request, when=is_transient, waits=PATIENT, warn=warn)
