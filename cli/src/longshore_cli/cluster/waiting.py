"""Waiting for what becomes ready by itself."""

import time
from collections.abc import Callable


def wait_until(ready: Callable[[], bool], *, seconds: float, every: float = 0.5) -> bool:
    """Asks `ready` every so many seconds; whether it said yes within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        if ready():
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
