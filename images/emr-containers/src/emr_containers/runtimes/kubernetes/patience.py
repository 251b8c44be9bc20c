"""Asking again, later and later, while the API is away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from emr_containers.runtimes.backoff import Backoff
from emr_containers.runtimes.kubernetes.api import FAULTS, KubernetesError, is_passing

log = structlog.get_logger()
T = TypeVar("T")


async def patiently(request: Callable[[], Awaitable[T]], *, what: str) -> T:
    """The request's answer, however long the API is away.

    Args:
        request: may be sent several times: one that was answered too late may have been carried out.
        what: for the log, such as `making the Job`.

    Raises:
        KubernetesError: the API refused, and would again.
    """
    backoff = Backoff()
    while True:
        try:
            return await request()
        except (KubernetesError, *FAULTS) as error:
            if not is_passing(error):
                raise
            seconds = backoff.seconds()
            log.warning("the cluster does not answer", what=what, error=str(error), again_in=seconds)
            await asyncio.sleep(seconds)
