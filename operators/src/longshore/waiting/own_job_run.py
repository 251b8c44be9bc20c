"""The job run of one try, as its worker starts it, asks for it and ends it."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from longshore.exceptions import ApiNotFoundError, ApiUnavailableError, LongshoreError
from longshore.hooks.job_run import JobRun
from longshore.waiting.retrying import retrying
from longshore.waiting.watch import Watch, cancellation_news

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


class OwnJobRun:
    """The job run of a try.

    Args:
        hook: of its virtual cluster.
        request: as `longshore.submission.request.start_request` makes it.
        make_hook: returns another hook like that one, with what the connection has by then.
        poll_interval: longest pause between two questions, in seconds.
        patience: seconds for which its start is repeated while the API is unavailable.
        log: of the task.
    """

    def __init__(
        self,
        hook: "EmrContainersHook",
        request: Mapping[str, Any],
        *,
        make_hook: "Callable[[], EmrContainersHook]",
        poll_interval: float,
        patience: float,
        log: "logging.Logger | Any",
    ) -> None:
        self.hook = hook
        self.request = request
        self.poll_interval = poll_interval
        self.patience = patience
        self.log = log
        self.id: str | None = None
        """Its id, once it is known; that of an earlier try's job run with which this try goes on."""
        self._make_hook = make_hook
        self._asked = False

    def start(self) -> str:
        """Starts the job run, or finds it if this try has started it already. Returns its id. Raises LongshoreError."""
        if self.id is None:
            self._asked = True
            self.id = retrying(
                lambda: self.hook.start_job_run(self.request),
                poll_interval=self.poll_interval,
                patience=self.patience,
                log=self.log,
            )
        return self.id

    def look(self, watch: Watch) -> tuple[JobRun | None, float]:
        """Asks for the job run once. Returns it, or None without an answer; and the seconds until the next question.

        Raises:
            ApiNotFoundError: the API does not know it.
            ApiUnavailableError: there has been no answer for the watch's patience, whatever the reason.
        """
        # The connection may have other keys by now. The old hook stays until a new one works, for `kill`.
        hook = self._make_hook() if watch.unavailable else self.hook
        try:
            job_run = hook.describe_job_run(self.start())
        except ApiNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001  whatever keeps us from asking keeps no job from running
            try:
                pause = watch.pause_after(error)
            except Exception as over:
                raise ApiUnavailableError(str(over)) from over
            if warning := watch.warning(error):
                self.log.warning(warning)
            return None, pause
        self.hook = hook
        if news := watch.news(job_run):
            self.log.info(news)
        return job_run, watch.pause()

    def kill(self) -> None:
        """Cancels the job run, from a signal's handler. Raises nothing."""
        if self.id is None and not self._asked:
            return
        hook = self.hook.for_signal_handler()
        try:
            # The task may be killed while it waits for the answer to the start: a second start finds the same job run.
            job_run_id = self.id or hook.start_job_run(self.request)
            cancelled = hook.cancel_job_run(job_run_id)
        except LongshoreError as error:
            self.log.error("The job run may go on: %s", error)
        else:
            self.log.info(cancellation_news(job_run_id, cancelled))
