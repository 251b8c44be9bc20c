"""Repeats a call of the API on a worker while the API is unavailable."""

import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from longshore.exceptions import ApiUnavailableError
from longshore.waiting.watch import Watch

_T = TypeVar("_T")


def retrying(call: Callable[[], _T], *, poll_interval: float, patience: float, log: "logging.Logger | Any") -> _T:
    """Returns `call()`, which must be idempotent.

    Args:
        call: asks the API.
        poll_interval: longest first pause, in seconds.
        patience: seconds of consecutive failures after which it gives up.
        log: of the task.

    Raises:
        ApiUnavailableError: there was no answer for `patience`. Any other error of `call` is raised at once.
    """
    watch = Watch(poll_interval, patience=patience)
    while True:
        try:
            return call()
        except ApiUnavailableError as error:
            pause = watch.pause_after(error)
            log.warning("%s Asking again in %.0f s.", error, pause)
            time.sleep(pause)
