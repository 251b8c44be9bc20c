"""A run with something to say beside what becomes of it."""

from dataclasses import replace

from emr_containers.runtimes.job import Attempt
from emr_containers.runtimes.outcome import Outcome, Progress, Tell, tell_nobody


class Warned:
    """An attempt whose details have a warning in them, while it runs and after it."""

    def __init__(self, attempt: Attempt, *, warning: str) -> None:
        self._attempt, self._warning = attempt, warning

    async def wait(self, tell: Tell = tell_nobody) -> Outcome:
        """See `Attempt.wait`."""

        async def tell_warned(progress: Progress) -> None:
            await tell(replace(progress, details=f"{self._warning} {progress.details or ''}".strip()))

        ended = await self._attempt.wait(tell_warned)
        # Why it failed comes first: the API does not show all of long details.
        return replace(ended, details=f"{ended.details} {self._warning}".strip())

    async def stop(self) -> None:
        """See `Attempt.stop`."""
        await self._attempt.stop()
