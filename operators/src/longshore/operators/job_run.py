"""What all operators share: start a job run, wait for it, bring back its log and result, and leave nothing running.

Which path cancels the job run (Airflow 3.3):

    task killed or `execution_timeout` on the worker    on_kill
    deferred, then cleared, marked or deleted           JobRunTrigger.on_kill
    deferred, then `execution_timeout`                  resume_execution, with TaskDeferralTimeout
    the trigger itself failed                           resume_execution, with TaskDeferralError
    marked while no triggerer has taken up the trigger  the listener, in the API server
    the worker was lost: it has no heartbeat            the listener, in the scheduler
    the task's process was killed                       the listener, in the scheduler, when the DAG run ends
    any of these, and cleared                           the next try, before it starts its own: _end_leftovers

A triggerer's restart cancels nothing: the trigger is made again from its arguments. A worker that is lost before its
task is deferred and gets the same try again starts the same job run again, by its client token.

The listener (`longshore.plugins.listener`) needs the Airflow connection, and the way to the API, in the API server and
in the scheduler. What no code of ours hears of leaves the job running: a DAG run, or a whole DAG, that is deleted while
no triggerer has taken up the deferred task's trigger, and was not marked before.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from longshore.attempt import Attempt
from longshore.exceptions import ApiUnavailableError, JobRunLostError, LongshoreError
from longshore.job_run import API_PATIENCE, START_PATIENCE, JobRun, Watch, cancellation_news
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink, history_address
from longshore.links.stored import StoredLink
from longshore.outcome import finish
from longshore.request import ContainerLaunch, TemplateLaunch, start_request

if TYPE_CHECKING:
    from airflow.sdk import Context

    from longshore.hooks.emr_containers import EmrContainersHook

_T = TypeVar("_T")


class JobRunOperator(BaseOperator):
    """Base of the operators; a subclass says what to launch (`launch`, `describe_launch`).

    Args:
        aws_conn_id: Airflow connection of the type `aws`: the endpoint, its keys and the platform's places (see
            `longshore.settings.PlatformSettings`). None: AWS, by botocore's own configuration.
        virtual_cluster_id: where the job run goes. Default: the connection's.
        deferrable: wait in the triggerer instead of on the worker.
        poll_interval: longest pause between two questions about the state, in seconds.
        retry_max_attempts: how often the driver is started at most within this one job run. Default: once. Airflow's
            own `retries` start a new job run.
        tags: of the job run. The tag `longshore.dev/owner` is the task's `owner`, unless it is among these.
        name: readable part of the job run's name. Default: `<dag_id>.<task_id>`.
    """

    template_fields: Sequence[str] = ("aws_conn_id", "virtual_cluster_id", "tags", "name")
    operator_extra_links: tuple[StoredLink, ...] = (JobLogLink(),)
    ui_color = "#dff0f7"

    api_patience: ClassVar[float] = API_PATIENCE
    start_patience: ClassVar[float] = START_PATIENCE

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        virtual_cluster_id: str | None = None,
        deferrable: bool = True,
        poll_interval: float = 15.0,
        retry_max_attempts: int | None = None,
        tags: Mapping[str, str] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.aws_conn_id = aws_conn_id
        self.virtual_cluster_id = virtual_cluster_id
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.retry_max_attempts = retry_max_attempts
        self.tags = tags
        self.name = name
        self._hook: EmrContainersHook | None = None
        self._request: dict[str, Any] | None = None
        self._job_run_id: str | None = None

    def launch(self, hook: "EmrContainersHook") -> TemplateLaunch | ContainerLaunch:
        """What to run, from the rendered arguments. Raises InvalidArgumentError."""
        raise NotImplementedError

    def describe_launch(self) -> str:
        """What runs, in the words of a message: `job template 'x'`."""
        raise NotImplementedError

    def execute(self, context: "Context") -> Any:
        """Starts the job run and waits for it.

        Returns:
            What the job reports in its last `LONGSHORE_RESULT` line, or None.

        Raises:
            LongshoreError: see `longshore.exceptions`.
        """
        hook = self._hook = self._make_hook()
        attempt = Attempt.of(context["ti"], environment=_environment())
        launch = self._patiently(lambda: self.launch(hook))
        request = self._request = start_request(
            attempt,
            launch,
            hook.settings,
            virtual_cluster_id=hook.virtual_cluster_id,
            name=self.name,
            owner=self.owner,
            tags=self.tags or {},
            retry_max_attempts=self.retry_max_attempts,
        )
        if attempt.try_number > 1:
            self._end_leftovers(hook, request)
        job_run_id = self._job_run_id = self._patiently(lambda: hook.start_job_run(request))
        self.log.info("Job run %s of %s (%s)", job_run_id, self.describe_launch(), request["name"])
        self._publish(context, hook, job_run_id)
        watch = Watch(self.poll_interval, patience=self.api_patience)
        try:
            job_run = self._look(hook, watch, job_run_id)
            if self.deferrable and not job_run.finished:
                self._defer(job_run_id, hook.virtual_cluster_id)
            while not job_run.finished:
                time.sleep(watch.pause())
                job_run = self._look(hook, watch, job_run_id)
        except LongshoreError as error:
            raise self._lost(job_run_id, hook.virtual_cluster_id, str(error)) from error
        return self._finish(job_run)

    def execute_complete(self, context: "Context", event: dict[str, str]) -> Any:  # noqa: ARG002
        """Goes on after the trigger's event; returns and raises as `execute`.

        The event says all that is needed: `dag.test()` loses what is given to `defer` as kwargs.
        """
        if reason := event.get("lost"):
            raise self._lost(event["id"], event["virtual_cluster_id"], reason)
        return self._finish(JobRun(**event))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """Airflow's way back from a deferral; a deferral that has failed must not leave its job running."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except (TaskDeferralError, TaskDeferralTimeout) as error:
            task_instance = context["ti"]
            job_run_id, virtual_cluster_id = (
                task_instance.xcom_pull(key=key, task_ids=task_instance.task_id, map_indexes=task_instance.map_index)
                for key in ("job_run_id", "virtual_cluster_id")
            )
            if not job_run_id or not virtual_cluster_id:
                raise
            asked = _asked_for(self._cancel(job_run_id, virtual_cluster_id))
            reason = (
                f"did not end within {self.execution_timeout}"
                if isinstance(error, TaskDeferralTimeout)
                else f"could not be waited for: {error}"
            )
            raise type(error)(f"Job run {job_run_id} of {self.describe_launch()} {reason}. {asked}") from error

    def on_kill(self) -> None:
        """Cancels the job run; called on the worker, from a signal's handler or at `execution_timeout`."""
        if self._hook is None or self._request is None:
            return
        hook = self._hook.for_signal_handler()
        try:
            # Killed while the answer to the start was on its way: asking again finds the same job run.
            job_run_id = self._job_run_id or hook.start_job_run(self._request)
            cancelled = hook.cancel_job_run(job_run_id)
        except LongshoreError as error:
            self.log.error("The job run may go on: %s", error)
        else:
            self.log.info(cancellation_news(job_run_id, cancelled))

    def _make_hook(self, virtual_cluster_id: str | None = None) -> "EmrContainersHook":
        from longshore.hooks.emr_containers import EmrContainersHook

        return EmrContainersHook(self.aws_conn_id, virtual_cluster_id=virtual_cluster_id or self.virtual_cluster_id)

    def _publish(self, context: "Context", hook: "EmrContainersHook", job_run_id: str) -> None:
        task_instance = context["ti"]
        task_instance.xcom_push(key="job_run_id", value=job_run_id)
        task_instance.xcom_push(key="virtual_cluster_id", value=hook.virtual_cluster_id)
        task_instance.xcom_push(key="aws_conn_id", value=self.aws_conn_id)
        try:
            task_instance.xcom_push(key=JobLogLink().xcom_key, value=hook.log_link(job_run_id))
        except LongshoreError as error:
            self.log.warning("There is no link to the job's log: %s", error)
        address = history_address(hook.settings.history_server_url, job_run_id)
        if address and any(isinstance(link, SparkHistoryLink) for link in self.operator_extra_links):
            task_instance.xcom_push(key=SparkHistoryLink().xcom_key, value=address)

    def _end_leftovers(self, hook: "EmrContainersHook", request: Mapping[str, Any]) -> None:
        """Ends what earlier tries have left running, before this one starts: two would write the same target."""
        name, token = request["name"], request["clientToken"]
        try:
            for leftover in self._patiently(lambda: hook.active_job_runs(name, but=token)):
                if self._patiently(partial(hook.cancel_job_run, leftover)):
                    self.log.warning("Job run %s of an earlier try is still running: it is cancelled", leftover)
                watch = Watch(self.poll_interval, patience=self.api_patience)
                while not self._look(hook, watch, leftover).finished:
                    time.sleep(watch.pause())
        except LongshoreError as error:
            self.log.warning("Job runs of earlier tries may still be running: %s", error)

    def _defer(self, job_run_id: str, virtual_cluster_id: str) -> None:
        from longshore.triggers.job_run import JobRunTrigger

        timeout: timedelta | None = self.execution_timeout
        self.defer(
            trigger=JobRunTrigger(
                job_run_id, virtual_cluster_id, self.aws_conn_id, self.poll_interval, self.api_patience
            ),
            method_name="execute_complete",
            timeout=timeout,
        )

    def _look(self, hook: "EmrContainersHook", watch: Watch, job_run_id: str) -> JobRun:
        job_run = self._patiently(lambda: hook.describe_job_run(job_run_id), patience=self.api_patience)
        if news := watch.news(job_run):
            self.log.info(news)
        return job_run

    def _patiently(self, call: Callable[[], _T], *, patience: float | None = None) -> _T:
        """`call()`, again while the API is away. (All calls made so are idempotent.)"""
        watch = Watch(self.poll_interval, patience=self.start_patience if patience is None else patience)
        while True:
            try:
                return call()
            except ApiUnavailableError as error:
                pause = watch.pause_after(error)
                self.log.warning("%s Asking again in %.0f s.", error, pause)
                time.sleep(pause)

    def _lost(self, job_run_id: str, virtual_cluster_id: str, reason: str) -> JobRunLostError:
        asked = _asked_for(self._cancel(job_run_id, virtual_cluster_id))
        return JobRunLostError(f"Lost sight of job run {job_run_id} of {self.describe_launch()}: {reason} {asked}")

    def _cancel(self, job_run_id: str, virtual_cluster_id: str) -> bool:
        """Asks for the job run's cancellation; whether the API has heard it."""
        try:
            cancelled = self._make_hook(virtual_cluster_id).cancel_job_run(job_run_id)
        except LongshoreError as error:
            self.log.error("The job run may go on: %s", error)
            return False
        self.log.info(cancellation_news(job_run_id, cancelled))
        return True

    def _finish(self, job_run: JobRun) -> Any:
        return finish(
            job_run,
            launched=self.describe_launch(),
            aws_conn_id=self.aws_conn_id,
            log=self.log,
        )


def _asked_for(heard: bool) -> str:
    if heard:
        return "Its cancellation was asked for."
    return "Its cancellation could not be asked for: end it before trying again."


def _environment() -> str:
    from airflow.sdk.configuration import conf

    return str(conf.get("longshore", "environment", fallback="default"))
