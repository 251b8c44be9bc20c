"""An attempt with a warning in its details."""

from dataclasses import replace

from emr_containers.runtimes.outcome import Outcome, Progress, ReportProgress, discard_progress
from emr_containers.runtimes.runtime import StartedAttempt


class WarnedAttempt:
    """An attempt whose details contain a warning, while it runs and after its end."""

    def __init__(self, attempt: StartedAttempt, *, warning: str) -> None:
        self._attempt, self._warning = attempt, warning

    async def wait(self, report: ReportProgress = discard_progress) -> Outcome:
        """See `StartedAttempt.wait`."""

        async def tell_warned(progress: Progress) -> None:
            # What the job waits for comes first, because the API cuts long details.
            first = f"{progress.details.rstrip('.')}. " if progress.details else ""
            await report(replace(progress, details=f"{first}{self._warning}"))

        ended = await self._attempt.wait(tell_warned)
        # So does the failure.
        return replace(ended, details=f"{ended.details} {self._warning}".strip())

    async def stop(self) -> None:
        """See `StartedAttempt.stop`."""
        await self._attempt.stop()
