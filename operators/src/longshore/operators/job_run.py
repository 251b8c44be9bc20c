"""The base of the operators: start a job run, wait for it, return its log and result, and leave nothing running.

The path that cancels the job run (Airflow 3.3):

    task killed or `execution_timeout` on the worker    on_kill
    deferred, then cleared, marked or deleted           JobRunTrigger.on_kill
    deferred, then `execution_timeout`                  resume_execution, with TaskDeferralTimeout
    the trigger itself failed                           resume_execution, with TaskDeferralError
    marked while no triggerer has taken up the trigger  the listener, in the API server
    the worker was lost: it has no heartbeat            the listener, in the scheduler
    the task's process was killed                       the listener, in the scheduler, when the DAG run ends
    any of these, and cleared                           the next try, before it starts its own: _cancel_earlier

Not being able to ask the API is no reason to cancel: when `api_patience` is over, the task fails and its job run goes
on. The next try takes it up (`longshore.waiting.unwatched`).

A triggerer's restart cancels nothing: Airflow makes the trigger again from its arguments. If a worker is lost before
its task is deferred, and Airflow repeats the same try, the client token finds the same job run.

The listener (`longshore.plugins.listener`) needs the Airflow connection, and access to the API, in the API server and
in the scheduler. One case leaves the job running, since Airflow calls none of our code: an unmarked DAG run, or a whole
DAG, is deleted while no triggerer has taken up the deferred task's trigger.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferralTimeout

from longshore.exceptions import (
    ApiNotFoundError,
    ApiUnavailableError,
    InvalidArgumentError,
    JobRunLostError,
    JobRunUnwatchedError,
    LongshoreError,
)
from longshore.hooks.job_run import JobRun
from longshore.lineage.operator import LineageMixin
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink, history_address
from longshore.links.stored import StoredLink
from longshore.submission.attempt import Attempt
from longshore.submission.request import Launch, start_request
from longshore.waiting import unwatched
from longshore.waiting.outcome import finish
from longshore.waiting.watch import API_PATIENCE, START_PATIENCE, Watch, cancellation_news

if TYPE_CHECKING:
    from airflow.sdk import Context

    from longshore.hooks.emr_containers import EmrContainersHook

_T = TypeVar("_T")


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
        self.api_patience = _seconds(api_patience)
        self.retry_max_attempts = retry_max_attempts
        self.tags = tags
        self.name = name
        self._hook: EmrContainersHook | None = None
        self._request: dict[str, Any] | None = None
        self._job_run_id: str | None = None

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> Launch:
        """Returns the launch for the rendered arguments. Raises InvalidArgumentError."""
        raise NotImplementedError

    def describe_launch(self) -> str:
        """Returns the name of the launch for messages, such as `job template 'x'`."""
        raise NotImplementedError

    def execute(self, context: "Context") -> Any:
        """Starts the job run and waits for it.

        Returns:
            What the job reports in its last `LONGSHORE_RESULT` line, or None.

        Raises:
            LongshoreError: see `longshore.exceptions`.
        """
        hook = self._hook = self._make_hook()
        for problem in hook.connection_problems():
            self.log.warning("The connection %r: %s", self.aws_conn_id, problem)
        attempt = Attempt.of(context["ti"], environment=_environment())
        launch = self._retrying(lambda: self.launch(hook, attempt))
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
        left = None
        if attempt.try_number > 1:
            left = self._left_by_earlier(context, hook, request)
            self._cancel_earlier(hook, request, but=left)
        self._announce(context, hook, request["name"])
        job_run_id = self._job_run_id = left or self._retrying(lambda: hook.start_job_run(request))
        self.log.info("Job run %s of %s (%s)", job_run_id, self.describe_launch(), request["name"])
        self._publish(context, hook, job_run_id)
        watch = Watch(self.poll_interval, patience=self.api_patience)
        try:
            job_run, pause = self._look(context, watch, job_run_id)
            while job_run is None or not job_run.finished:
                if self.deferrable:
                    self._defer(job_run_id, hook.virtual_cluster_id, unwatched.request_digest(request))
                time.sleep(pause)
                job_run, pause = self._look(context, watch, job_run_id)
        except ApiNotFoundError as error:
            raise self._lost(job_run_id, hook.virtual_cluster_id, str(error)) from error
        return self._finish(job_run)

    def execute_complete(self, context: "Context", event: dict[str, str]) -> Any:
        """Continues after the trigger's event; returns and raises as `execute`.

        The event holds all that is needed, because `dag.test()` loses the kwargs of `defer`.
        """
        if reason := event.get("lost"):
            raise self._lost(event["id"], event["virtual_cluster_id"], reason)
        if reason := event.get("unwatched"):
            raise self._unwatched(context, event["id"], event["virtual_cluster_id"], event["request_digest"], reason)
        return self._finish(JobRun(**event))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: "Context") -> Any:
        """Continues after a deferral; a failed one must not leave its job running."""
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
            # The task may be killed while it waits for the answer to the start: a second start finds the same job run.
            job_run_id = self._job_run_id or hook.start_job_run(self._request)
            cancelled = hook.cancel_job_run(job_run_id)
        except LongshoreError as error:
            self.log.error("The job run may go on: %s", error)
        else:
            self.log.info(cancellation_news(job_run_id, cancelled))

    def _make_hook(self, virtual_cluster_id: str | None = None, **settings: Any) -> "EmrContainersHook":
        from longshore.hooks.emr_containers import EmrContainersHook

        cluster = virtual_cluster_id or self.virtual_cluster_id
        return EmrContainersHook(self.aws_conn_id, virtual_cluster_id=cluster, **settings)

    def _announce(self, context: "Context", hook: "EmrContainersHook", name: str) -> None:
        """Publishes the job run's name before it starts: a worker that is lost from now on leaves it running."""
        task_instance = context["ti"]
        task_instance.xcom_push(key="virtual_cluster_id", value=hook.virtual_cluster_id)
        task_instance.xcom_push(key="aws_conn_id", value=self.aws_conn_id)
        task_instance.xcom_push(key="job_run_name", value=name)

    def _publish(self, context: "Context", hook: "EmrContainersHook", job_run_id: str) -> None:
        task_instance = context["ti"]
        task_instance.xcom_push(key="job_run_id", value=job_run_id)
        try:
            # Without a signature: XCom is read by many, for a long time (see `longshore.plugins.signed_log_link`).
            task_instance.xcom_push(key=JobLogLink().xcom_key, value=hook.log_address(job_run_id))
        except LongshoreError as error:
            self.log.warning("There is no link to the job's log: %s", error)
        address = history_address(hook.settings.history_server_url, job_run_id)
        if address and any(isinstance(link, SparkHistoryLink) for link in self.operator_extra_links):
            task_instance.xcom_push(key=SparkHistoryLink().xcom_key, value=address)

    def _left_by_earlier(self, context: "Context", hook: "EmrContainersHook", request: Mapping[str, Any]) -> str | None:
        """Returns the id of the job run that an earlier try could not watch any longer, if this try goes on with it."""
        left = unwatched.remembered(context, log=self.log)
        if left is None:
            return None
        self._job_run_id = left.job_run_id  # a kill from now on cancels it
        try:
            job_run = self._retrying(lambda: hook.describe_job_run(left.job_run_id))
        except ApiNotFoundError:
            taken = False
        else:
            digest = unwatched.request_digest(request)
            taken = left.taken_up(job_run, request_digest=digest, max_tries=context["ti"].max_tries)
        # A later try finds it again only if this one could not watch it either.
        unwatched.forget(context, log=self.log)
        if not taken:
            self._job_run_id = None
            return None
        self.log.info("Job run %s of an earlier try is taken up: it is %s", job_run.id, job_run.state)
        return left.job_run_id

    def _cancel_earlier(self, hook: "EmrContainersHook", request: Mapping[str, Any], *, but: str | None) -> None:
        """Cancels job runs of earlier tries before this one starts: two would write the same target."""
        name, token = request["name"], request["clientToken"]
        try:
            for leftover in self._retrying(lambda: hook.active_job_runs(name, but=token)):
                if leftover == but:
                    continue
                if self._retrying(partial(hook.cancel_job_run, leftover)):
                    self.log.warning("Job run %s of an earlier try is still running: it is cancelled", leftover)
                watch = Watch(self.poll_interval)
                describe = partial(hook.describe_job_run, leftover)
                while not self._retrying(describe, patience=self.api_patience).finished:
                    time.sleep(watch.pause())
        except ApiUnavailableError:
            raise  # if it comes back just now, this try's job run must not start beside another one
        except LongshoreError as error:
            self.log.warning("Job runs of earlier tries may still be running: %s", error)

    def _defer(self, job_run_id: str, virtual_cluster_id: str, request_digest: str) -> None:
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
            ),
            method_name="execute_complete",
            timeout=timeout,
        )

    def _look(self, context: "Context", watch: Watch, job_run_id: str) -> tuple[JobRun | None, float]:
        """Asks for the job run once. Returns it, or None without an answer; and the seconds until the next question.

        Raises:
            ApiNotFoundError: the API does not know it.
            JobRunUnwatchedError: there has been no answer for `api_patience`.
        """
        hook, request = self._hook, self._request
        assert hook is not None  # noqa: S101  `execute` has made both
        assert request is not None  # noqa: S101
        if watch.unavailable:
            # The connection may have other keys by now. The old hook stays until a new one works, for `on_kill`.
            hook = self._make_hook(hook.virtual_cluster_id)
        try:
            job_run = hook.describe_job_run(job_run_id)
        except ApiNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001
            # Whatever keeps us from asking keeps no job from running.
            try:
                pause = watch.pause_after(error)
            except Exception as over:
                digest = unwatched.request_digest(request)
                raise self._unwatched(context, job_run_id, hook.virtual_cluster_id, digest, str(over)) from over
            if warning := watch.warning(error):
                self.log.warning(warning)
            return None, pause
        self._hook = hook
        if news := watch.news(job_run):
            self.log.info(news)
        return job_run, watch.pause()

    def _retrying(self, call: Callable[[], _T], *, patience: float | None = None) -> _T:
        """Returns `call()`, which is retried while the API is unavailable; all these calls are idempotent."""
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

    def _cancel(self, job_run_id: str, virtual_cluster_id: str) -> bool:
        """Requests the job run's cancellation. Returns True if the API has accepted the request."""
        try:
            cancelled = self._make_hook(virtual_cluster_id).cancel_job_run(job_run_id)
        except LongshoreError as error:
            self.log.error("The job run may go on: %s", error)
            return False
        self.log.info(cancellation_news(job_run_id, cancelled))
        return True

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


def _asked_for(heard: bool) -> str:
    if heard:
        return "Its cancellation was asked for."
    return "Its cancellation could not be asked for: end it before trying again."


def _seconds(patience: timedelta | float) -> float:
    seconds = patience.total_seconds() if isinstance(patience, timedelta) else patience
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise InvalidArgumentError(f"api_patience is {patience!r}: give a timedelta, or seconds from 0.")
    return float(seconds)


def _environment() -> str:
    from airflow.sdk.configuration import conf

    return str(conf.get("longshore", "environment", fallback="default"))
