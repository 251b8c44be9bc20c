"""The base of the operators: start a job run, wait for it, return its log and result, and leave nothing running.

The path that cancels the job run (Airflow 3.3):

    task killed or `execution_timeout` on the worker    on_kill
    deferred, then cleared, marked or deleted           JobRunTrigger.on_kill
    deferred, then `execution_timeout`                  resume_execution, with TaskDeferralTimeout
    the trigger itself failed                           resume_execution, with TaskDeferralError
    marked while no triggerer has taken up the trigger  the listener, in the API server
    the worker was lost: it has no heartbeat            the listener, in the scheduler
    the task's process was killed                       the listener, in the scheduler, when the DAG run ends
    any of these, and cleared                           the next try, before it starts its own: waiting.earlier_tries

Not being able to ask the API is no reason to cancel: when `api_patience` is over, the task fails and its job run goes
on. The next try takes it up (`longshore.waiting.unwatched`).

A triggerer's restart cancels nothing: Airflow makes the trigger again from its arguments. If a worker is lost before
its task is deferred, and Airflow repeats the same try, the client token finds the same job run.

A job run that ended for a lack of memory is followed by another one of the same try, with a client token of its own
step (`reason_to_start_again`). A worker that is lost walks the same tokens from the first one, and finds each job run
as it is.

The listener (`longshore.plugins.listener`) needs the Airflow connection, and access to the API, in the API server and
in the scheduler. One case leaves the job running, since Airflow calls none of our code: an unmarked DAG run, or a whole
DAG, is deleted while no triggerer has taken up the deferred task's trigger.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from longshore.exceptions import (
    ApiNotFoundError,
    ApiUnavailableError,
    JobRunFailedError,
    JobRunInvalidError,
    JobRunLostError,
    JobRunUnwatchedError,
)
from longshore.hooks.job_run import JobRun
from longshore.lineage.operator import LineageMixin
from longshore.links.job_log import JobLogLink
from longshore.links.published import announce, publish, published_job_run, withdraw
from longshore.links.spark_history import SparkHistoryLink
from longshore.links.stored import StoredLink
from longshore.submission.attempt import Attempt, client_token
from longshore.submission.parameters import seconds
from longshore.submission.request import Launch, start_request
from longshore.waiting import unwatched
from longshore.waiting.cancellation import cancel_once
from longshore.waiting.earlier_tries import follow_earlier_tries
from longshore.waiting.outcome import finish
from longshore.waiting.own_job_run import OwnJobRun
from longshore.waiting.retrying import retrying
from longshore.waiting.watch import API_PATIENCE, START_PATIENCE, Watch

if TYPE_CHECKING:
    from airflow.sdk import Context

    from longshore.hooks.emr_containers import EmrContainersHook


class JobRunOperator(LineageMixin, BaseOperator):
    """Base of the operators; a subclass says what to launch (`launch`, `describe_launch`).

    Args:
        aws_conn_id: Airflow connection of the type `aws`: the endpoint, its keys and the platform's places (see
            `longshore.connection.settings.PlatformSettings`). None: AWS, by botocore's own configuration.
        virtual_cluster_id: where the job run goes. Default: the connection's.
        deferrable: wait in the triggerer instead of on the worker.
        poll_interval: longest pause between two questions about the state, in seconds.
        api_patience: how long the API may be out of reach while the job runs (away, overloaded, or refusing the key),
            as a timedelta or in seconds. The task waits, and warns after growing pauses. After that it fails, without
            cancelling the job run, and its next try goes on with it. Default: a day.
        retry_max_attempts: how often the driver is started at most within this one job run. Default: once. Airflow's
            own `retries` start a new job run.
        tags: of the job run. The tag `longshore.dev/owner` is the task's `owner`, unless it is among these.
        name: readable part of the job run's name. Default: `<dag_id>.<task_id>`.
    """

    template_fields: Sequence[str] = ("aws_conn_id", "virtual_cluster_id", "tags", "name")
    operator_extra_links: tuple[StoredLink, ...] = (JobLogLink(),)
    ui_color = "#dff0f7"

    start_patience: ClassVar[float] = START_PATIENCE

    def __init__(
        self,
        *,
        aws_conn_id: str | None = "aws_default",
        virtual_cluster_id: str | None = None,
        deferrable: bool = True,
        poll_interval: float = 15.0,
        api_patience: timedelta | float = API_PATIENCE,
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
        self.api_patience = seconds("api_patience", api_patience)
        self.retry_max_attempts = retry_max_attempts
        self.tags = tags
        self.name = name
        self._own: OwnJobRun | None = None

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> Launch:
        """Returns the launch for the rendered arguments. Raises InvalidArgumentError."""
        raise NotImplementedError

    def describe_launch(self) -> str:
        """Returns the name of the launch for messages, such as `job template 'x'`."""
        raise NotImplementedError

    def most_steps(self) -> int:
        """Returns how often a job run of one try may be followed by another one. Raises InvalidArgumentError."""
        return 0

    def reason_to_start_again(self, job_run: JobRun, *, step: int) -> str | None:
        """Returns why a failed job run is followed by another one of this try; None: it is not. Raises nothing.

        Args:
            job_run: in its last state; its log has been shown.
            step: its place among the job runs of this try, from 0; less than `most_steps`.
        """
        raise NotImplementedError

    def execute(self, context: "Context") -> Any:
        """Starts the job run and waits for it.

        Returns:
            What the job reports in its last `LONGSHORE_RESULT` line, or None.

        Raises:
            LongshoreError: see `longshore.exceptions`.
        """
        hook = self._make_hook()
        for problem in hook.connection_problems():
            self.log.warning("The connection %r: %s", self.aws_conn_id, problem)
        return self._run(context, hook, step=0)

    def _run(self, context: "Context", hook: "EmrContainersHook", *, step: int) -> Any:
        attempt = Attempt.of(context["ti"], environment=_environment())
        own_tokens = [client_token(attempt, each) for each in range(self.most_steps() + 1)]
        pace: dict[str, Any] = {"poll_interval": self.poll_interval, "patience": self.start_patience, "log": self.log}
        request = start_request(
            attempt,
            retrying(lambda: self.launch(hook, attempt), **pace),
            hook.settings,
            virtual_cluster_id=hook.virtual_cluster_id,
            name=self.name,
            owner=self.owner,
            tags=self.tags or {},
            retry_max_attempts=self.retry_max_attempts,
            step=step,
        )
        own = self._own = OwnJobRun(hook, request, make_hook=partial(self._make_hook, hook.virtual_cluster_id), **pace)
        if step > 0:
            withdraw(context["ti"])
        elif attempt.try_number > 1:
            follow_earlier_tries(own, context, own_tokens=own_tokens, api_patience=self.api_patience)
        announce(context["ti"], hook, request["name"])
        job_run_id = own.start()
        self.log.info("Job run %s of %s (%s)", job_run_id, self.describe_launch(), request["name"])
        self._publish(context, hook, job_run_id)
        return self._ended(context, self._waited_for(own, context, job_run_id, step=step), step=step)

    def _ended(self, context: "Context", job_run: JobRun, *, step: int) -> Any:
        try:
            return self._finish(job_run)
        except JobRunFailedError as error:
            if step >= self.most_steps() or isinstance(error, JobRunInvalidError):
                raise
            reason = self.reason_to_start_again(job_run, step=step)
            if reason is None:
                raise
            self.log.warning("%s", error)
            self.log.warning("%s", reason)
        return self._run(context, self._make_hook(job_run.virtual_cluster_id), step=step + 1)

    def _waited_for(self, own: OwnJobRun, context: "Context", job_run_id: str, *, step: int) -> JobRun:
        watch, cluster = Watch(self.poll_interval, patience=self.api_patience), own.hook.virtual_cluster_id
        digest = unwatched.request_digest(own.request)
        try:
            job_run, pause = own.look(watch)
            while job_run is None or not job_run.finished:
                if self.deferrable:
                    self._defer(job_run_id, cluster, digest, step=step)
                time.sleep(pause)
                job_run, pause = own.look(watch)
        except ApiNotFoundError as error:
            raise self._lost(job_run_id, cluster, str(error)) from error
        except ApiUnavailableError as error:
            raise self._unwatched(context, job_run_id, cluster, digest, str(error)) from error
        return job_run

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> Any:
        """Continues after the trigger's event; returns and raises as `execute`.

        The event holds all that is needed, because `dag.test()` loses the kwargs of `defer`.
        """
        if reason := event.get("lost"):
            raise self._lost(event["id"], event["virtual_cluster_id"], reason)
        if reason := event.get("unwatched"):
            raise self._unwatched(context, event["id"], event["virtual_cluster_id"], event["request_digest"], reason)
        # The trigger of an older version gives no step.
        step = event.get("step", 0)
        return self._ended(context, JobRun(**{name: event[name] for name in event if name != "step"}), step=step)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """Continues after a deferral; a failed one must not leave its job running."""
        try:
            return super().resume_execution(next_method, next_kwargs, context)
        except (TaskDeferralError, TaskDeferralTimeout) as error:
            job_run_id, virtual_cluster_id = published_job_run(context["ti"])
            if not job_run_id or not virtual_cluster_id:
                raise
            asked = self._cancel(job_run_id, virtual_cluster_id)
            reason = (
                f"did not end within {self.execution_timeout}"
                if isinstance(error, TaskDeferralTimeout)
                else f"could not be waited for: {error}"
            )
            raise type(error)(f"Job run {job_run_id} of {self.describe_launch()} {reason}. {asked}") from error

    def on_kill(self) -> None:
        """Cancels the job run; called on the worker, from a signal's handler or at `execution_timeout`."""
        if self._own is not None:
            self._own.kill()

    def _make_hook(self, virtual_cluster_id: str | None = None, **settings: Any) -> "EmrContainersHook":
        from longshore.hooks.emr_containers import EmrContainersHook

        cluster = virtual_cluster_id or self.virtual_cluster_id
        return EmrContainersHook(self.aws_conn_id, virtual_cluster_id=cluster, **settings)

    def _publish(self, context: "Context", hook: "EmrContainersHook", job_run_id: str) -> None:
        spark = any(isinstance(link, SparkHistoryLink) for link in self.operator_extra_links)
        publish(context["ti"], hook, job_run_id, spark=spark, log=self.log)

    def _defer(self, job_run_id: str, virtual_cluster_id: str, request_digest: str, *, step: int) -> None:
        from longshore.triggers.job_run import JobRunTrigger

        timeout: timedelta | None = self.execution_timeout
        self.defer(
            trigger=JobRunTrigger(
                job_run_id,
                virtual_cluster_id,
                self.aws_conn_id,
                self.poll_interval,
                self.api_patience,
                request_digest,
                step,
            ),
            method_name="execute_complete",
            timeout=timeout,
        )

    def _lost(self, job_run_id: str, virtual_cluster_id: str, reason: str) -> JobRunLostError:
        asked = self._cancel(job_run_id, virtual_cluster_id)
        return JobRunLostError(f"Lost sight of job run {job_run_id} of {self.describe_launch()}: {reason} {asked}")

    def _unwatched(
        self, context: "Context", job_run_id: str, virtual_cluster_id: str, request_digest: str, reason: str
    ) -> JobRunUnwatchedError:
        unwatched.remember(context, job_run_id, request_digest, log=self.log)
        return unwatched.failure(
            job_run_id,
            launched=self.describe_launch(),
            virtual_cluster_id=virtual_cluster_id,
            patience=self.api_patience,
            reason=reason,
        )

    def _cancel(self, job_run_id: str, virtual_cluster_id: str) -> str:
        return cancel_once(job_run_id, self._make_hook(virtual_cluster_id), log=self.log)

    def _finish(self, job_run: JobRun) -> Any:
        self._result = finish(
            job_run,
            launched=self.describe_launch(),
            aws_conn_id=self.aws_conn_id,
            log=self.log,
            log_uri=self._own_log_uri(),
        )
        return self._result

    def _own_log_uri(self) -> str | None:
        """Returns the place of logs that the operator's arguments name; None: the connection's."""
        return None


def _environment() -> str:
    from airflow.sdk.configuration import conf

    return str(conf.get("longshore", "environment", fallback="default"))
