"""Waits for a job run in the triggerer.

boto3 is called in a thread: aiobotocore would pin a botocore of its own. What is serialized is ids only; keys are read
from the Airflow connection where the trigger runs.
"""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskInstanceState
from airflow.triggers.base import BaseTrigger, TriggerEvent

from longshore.cancellation import cancel_patiently
from longshore.exceptions import ApiAccessError, ApiUnavailableError, ConnectionSettingsError, LongshoreError
from longshore.job_run import API_PATIENCE, JobRun, Watch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


# A server that hangs holds the threads that ask it, never those that cancel elsewhere.
_POLLS = ThreadPoolExecutor(32, "longshore-poll")
_CANCELS = ThreadPoolExecutor(8, "longshore-cancel")
_CANCEL_PATIENCE = 25.0
"""Seconds for which the cancellation is tried while the API is away."""


class JobRunTrigger(BaseTrigger):
    """Ends with one event: the job run's last state, or why it can no longer be observed.

    The payload is `JobRun.as_event()`, or `{"id": …, "virtual_cluster_id": …, "lost": <reason>}`.

    Args:
        job_run_id: the job run.
        virtual_cluster_id: where it runs.
        aws_conn_id: Airflow connection, or None.
        poll_interval: longest pause between two questions, in seconds.
        api_patience: seconds for which an API that is away is asked again.
    """

    def __init__(
        self,
        job_run_id: str,
        virtual_cluster_id: str,
        aws_conn_id: str | None,
        poll_interval: float,
        api_patience: float = API_PATIENCE,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow does not type it
        self.job_run_id = job_run_id
        self.virtual_cluster_id = virtual_cluster_id
        self.aws_conn_id = aws_conn_id
        self.poll_interval = poll_interval
        self.api_patience = api_patience

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "longshore.triggers.job_run.JobRunTrigger",
            {
                "job_run_id": self.job_run_id,
                "virtual_cluster_id": self.virtual_cluster_id,
                "aws_conn_id": self.aws_conn_id,
                "poll_interval": self.poll_interval,
                "api_patience": self.api_patience,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        watch = Watch(self.poll_interval, patience=self.api_patience)
        while True:
            try:
                job_run = await asyncio.get_running_loop().run_in_executor(_POLLS, self._describe)
                if news := watch.news(job_run):
                    self.log.info(news)
                if job_run.finished:
                    yield _event(job_run.as_event())
                    return
                pause = watch.pause()
            except (ApiUnavailableError, ApiAccessError, ConnectionSettingsError) as error:
                # The job was started with this connection: whatever it lacks now may come back, a new key among it.
                self.__dict__.pop("_polling_hook", None)
                try:
                    pause = watch.pause_after(error)
                except LongshoreError:
                    yield self._lost(error)
                    return
                self.log.warning("%s The next question follows in %.0f s; the job goes on.", error, pause)
            except LongshoreError as error:
                yield self._lost(error)
                return
            await asyncio.sleep(pause)

    async def on_kill(self) -> None:
        """Cancels the job run.

        Airflow calls this when a user clears the deferred task or marks it, or deletes its DAG run; not when the
        triggerer stops, nor when the deferral times out (the operator's `resume_execution` cancels then).
        """
        # Within this context a line goes to the task's log, elsewhere to the triggerer's.
        cancelling = asyncio.wrap_future(_CANCELS.submit(copy_context().run, self._cancel))
        while not cancelling.done():
            try:
                await asyncio.shield(cancelling)
            except asyncio.CancelledError:
                continue  # Airflow cancels this task again on each of its rounds (TriggerRunner.cancel_triggers)

    def _cancel(self) -> None:
        if self._watched_by_another():
            self.log.info("Job run %s goes on: the task is still deferred, another triggerer has it", self.job_run_id)
            return
        cancel_patiently(self.job_run_id, self._hook, patience=_CANCEL_PATIENCE, log=self.log)

    def _watched_by_another(self) -> bool:
        # A triggerer that stood still for longer than its heartbeat may is told to kill what another one has taken over
        # from it, as if the user had acted (TriggerRunnerSupervisor.update_triggers).
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

    def _lost(self, error: LongshoreError) -> TriggerEvent:
        return _event({"id": self.job_run_id, "virtual_cluster_id": self.virtual_cluster_id, "lost": str(error)})

    def _describe(self) -> JobRun:
        return self._polling_hook.describe_job_run(self.job_run_id)

    @cached_property
    def _polling_hook(self) -> "EmrContainersHook":
        # The trigger has its own back-off, which does not hold a thread.
        return self._hook(attempts=1)

    def _hook(self, **settings: Any) -> "EmrContainersHook":
        from longshore.hooks.emr_containers import EmrContainersHook

        return EmrContainersHook(self.aws_conn_id, virtual_cluster_id=self.virtual_cluster_id, **settings)


def _event(payload: dict[str, str]) -> TriggerEvent:
    return TriggerEvent(payload)  # type: ignore[no-untyped-call]  # Airflow does not type it
