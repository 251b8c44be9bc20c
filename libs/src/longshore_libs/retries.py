"""The one way to try again: how long to wait between attempts, and when to give up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, Retrying, retry_if_exception, retry_if_result

T = TypeVar("T")
_MOST_DOUBLINGS = 60
"""Each longer wait would be the longest one anyway; beyond a thousand, a float overflows."""


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The waits between attempts, in seconds."""

    first: float
    """The wait after the first failure. It doubles with each further one."""
    most: float
    """The longest wait."""
    total: float | None = None
    """The time after which an attempt is the last one. None: there is always another one."""

    def after(self, failures: int) -> float:
        """Returns the wait after this number of failures, from 1."""
        return float(min(self.first * 2.0 ** min(failures - 1, _MOST_DOUBLINGS), self.most))


PATIENT = Waits(first=0.5, most=15.0)
"""For a service that has to come back, such as the cluster's API server or S3: no failure is final."""


def polling(seconds: float, *, every: float) -> Waits:
    """Returns equal waits of `every` seconds, for at most `seconds` in all: for something that starts or ends now."""
    return Waits(first=every, most=every, total=seconds)


class Backoff:
    """The waits of something that goes on for ever, such as a watch. They start again once something has worked."""

    def __init__(self, waits: Waits = PATIENT) -> None:
        self._waits, self._failures = waits, 0

    def seconds(self) -> float:
        """Returns the seconds to wait after one more failure."""
        self._failures += 1
        return self._waits.after(self._failures)

    def reset(self) -> None:
        """Starts again with the first wait."""
        self._failures = 0


def retry(call: Callable[[], T], *, on: type[Exception], waits: Waits) -> T:
    """Returns the result of `call`, which is called again as long as it raises `on`.

    Raises:
        the error of the last call, or any other error at once.
    """
    again = retry_if_exception(lambda error: isinstance(error, on))
    return Retrying(retry=again, reraise=True, **_tenacity(waits))(call)


async def retry_async(
    call: Callable[[], Awaitable[T]],
    *,
    when: Callable[[Exception], bool],
    waits: Waits,
    warn: Callable[[Exception, float], None],
) -> T:
    """Returns the result of `call`, which is called again as long as `when` is true of its error.

    Args:
        warn: takes each such error, and the seconds until the next call.

    Raises:
        the error of the last call, or any other error at once.
    """

    def told(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, Exception):
            warn(error, state.upcoming_sleep)

    async def attempt() -> T:  # tenacity awaits only what `async def` has made
        return await call()

    # A cancellation is no failure, and ends it.
    expected = retry_if_exception(lambda error: isinstance(error, Exception) and when(error))
    again = AsyncRetrying(retry=expected, before_sleep=told, reraise=True, **_tenacity(waits))
    return await again(attempt)


def poll(look: Callable[[], T], *, waits: Waits) -> T:
    """Returns the first true result of `look`, or its last one when the time is over."""
    again = retry_if_result(lambda found: not found)
    return Retrying(retry=again, retry_error_callback=_last_result, **_tenacity(waits))(look)


def _last_result(state: RetryCallState) -> Any:
    return None if state.outcome is None else state.outcome.result()


def _tenacity(waits: Waits) -> dict[str, Any]:
    def stop(state: RetryCallState) -> bool:
        return waits.total is not None and (state.seconds_since_start or 0.0) >= waits.total

    return {"wait": lambda state: waits.after(state.attempt_number), "stop": stop}
