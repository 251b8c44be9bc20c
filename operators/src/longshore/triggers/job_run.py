"""Waits for a job run in the triggerer.

boto3 is called in a thread: aiobotocore would pin a botocore of its own. Only ids are serialized; keys are read from
the Airflow connection where the trigger runs. Airflow keeps a running trigger's arguments in its database: those of
older versions must stay valid.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskInstanceState
from airflow.triggers.base import BaseTrigger, TriggerEvent

from longshore.exceptions import ApiNotFoundError
from longshore.hooks.job_run import JobRun
from longshore.hooks.shared import SharedHook
from longshore.waiting.cancellation import cancel_retrying
from longshore.waiting.shared_poll import shared_poll
from longshore.waiting.watch import API_PATIENCE, Watch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


_CANCELS = ThreadPoolExecutor(8, "longshore-cancel")
_CANCEL_PATIENCE = 25.0
"""Seconds of retries of the cancellation while the API is unavailable."""


class JobRunTrigger(BaseTrigger):
    """Ends with one event: the job run's last state, or why it can no longer be observed.

    The payload is `JobRun.as_event()` and the `step`, or `{"id": …, "virtual_cluster_id": …}` with the reason as
    `lost`, where the API does not know the job run, or as `unwatched`, where it could not be asked within
    `api_patience`.

    Args:
        job_run_id: the job run.
        virtual_cluster_id: where it runs.
        aws_conn_id: Airflow connection, or None.
        poll_interval: longest pause between two questions, in seconds.
        api_patience: seconds of retries while the API cannot be asked, whatever the reason.
        request_digest: of the job run's request; the event `unwatched` has it, too.
        step: of the job run, see `longshore.submission.attempt.client_token`.
    """

    def __init__(
        self,
        job_run_id: str,
        virtual_cluster_id: str,
        aws_conn_id: str | None,
        poll_interval: float,
        api_patience: float = API_PATIENCE,
        request_digest: str = "",
        step: int = 0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow does not type it
        self.job_run_id = job_run_id
        self.virtual_cluster_id = virtual_cluster_id
        self.aws_conn_id = aws_conn_id
        self.poll_interval = poll_interval
        self.api_patience = api_patience
        self.request_digest = request_digest
        self.step = step

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "longshore.triggers.job_run.JobRunTrigger",
            {
                "job_run_id": self.job_run_id,
                "virtual_cluster_id": self.virtual_cluster_id,
                "aws_conn_id": self.aws_conn_id,
                "poll_interval": self.poll_interval,
                "api_patience": self.api_patience,
                "request_digest": self.request_digest,
                "step": self.step,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        watch = Watch(self.poll_interval, patience=self.api_patience)
        poll = shared_poll(self.aws_conn_id)
        seen, after = None, 0.0
        while True:
            answer = await poll.look(
                self.virtual_cluster_id, self.job_run_id, after=after, pause=watch.pause, seen=seen
            )
            if isinstance(answer, JobRun):
                if news := watch.news(answer):
                    self.log.info(news)
                if answer.finished:
                    yield _event({**answer.as_event(), "step": self.step})
                    return
                seen, after = answer, watch.pause()
            elif isinstance(answer, ApiNotFoundError):
                yield self._ended(lost=str(answer))
                return
            else:
                try:
                    after = watch.pause_after(answer)
                except Exception as error:  # noqa: BLE001  the answer itself: its patience is over
                    yield self._ended(unwatched=str(error), request_digest=self.request_digest)
                    return
                if warning := watch.warning(answer):
                    self.log.warning(warning)
                seen = None

    async def on_kill(self) -> None:
        """Cancels the job run.

        Airflow calls this when a user clears the deferred task or marks it, or deletes its DAG run; not when the
        triggerer stops, nor when the deferral times out (the operator's `resume_execution` cancels then).
        """
        # In this context, lines go to the task's log instead of the triggerer's.
        shared = shared_poll(self.aws_conn_id).hook
        cancelling = asyncio.wrap_future(_CANCELS.submit(copy_context().run, self._cancel, shared))
        while not cancelling.done():
            try:
                await asyncio.shield(cancelling)
            except asyncio.CancelledError:
                continue  # Airflow cancels this task again on each of its rounds (TriggerRunner.cancel_triggers)

    def _cancel(self, shared: SharedHook) -> None:
        if self._watched_by_another():
            self.log.info("Job run %s goes on: the task is still deferred, another triggerer has it", self.job_run_id)
            return
        last_try = float("-inf")

        def make_hook() -> "EmrContainersHook":
            nonlocal last_try
            hook = shared.get(self.virtual_cluster_id, newer_than=last_try)
            last_try = time.monotonic()
            return hook

        cancel_retrying(self.job_run_id, make_hook, patience=_CANCEL_PATIENCE, log=self.log)

    def _watched_by_another(self) -> bool:
        # A triggerer that missed its heartbeats must kill triggers that another one has taken over, as if the user had
        # acted (TriggerRunnerSupervisor.update_triggers).
        task = self.task_instance
        if task is None:
            return False
        from airflow.sdk.exceptions import AirflowRuntimeError
        from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

        try:
            states = RuntimeTaskInstance.get_task_states(
                task.dag_id, map_index=task.map_index, task_ids=[task.task_id], run_ids=[task.run_id]
            )
        except AirflowRuntimeError as error:
            self.log.warning("The task's state is not known, and taken for ended: %s", error)
            return False
        return TaskInstanceState.DEFERRED in states.get(task.run_id, {}).values()

    def _ended(self, **reason: str) -> TriggerEvent:
        return _event({"id": self.job_run_id, "virtual_cluster_id": self.virtual_cluster_id, **reason})


def _event(payload: dict[str, Any]) -> TriggerEvent:
    return TriggerEvent(payload)  # type: ignore[no-untyped-call]  # Airflow does not type it
