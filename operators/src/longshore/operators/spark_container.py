"""Any job template, with any parameters."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from longshore.exceptions import InvalidArgumentError, LongshoreError
from longshore.hooks import job_templates
from longshore.hooks.job_run import JobRun
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink
from longshore.operators.job_run import JobRunOperator
from longshore.submission.artifacts import by_reference
from longshore.submission.attempt import Attempt
from longshore.submission.commit import COMMIT_KEY, commit_key, record_success
from longshore.submission.many_tables import NOT_GIVEN
from longshore.submission.overrides import own_log_uri
from longshore.submission.parameters import merged, resource_parameters
from longshore.submission.request import TemplateLaunch
from longshore.submission.sizing import AUTO, sizing_properties, sizing_reasons
from longshore.submission.spark_properties import effective, spark_properties
from longshore.waiting.shortage import wait_for_shortage
from longshore.waiting.watch import API_PATIENCE

if TYPE_CHECKING:
    from airflow.sdk import Context

    from longshore.hooks.emr_containers import EmrContainersHook

_OOM_ATTEMPTS = 2


class SparkContainerOperator(JobRunOperator):
    """Runs a job template.

    Args:
        job_template_id: a template's id, or its name, which stands for the newest template of that name.
        job_template_parameters: values for the template's parameters; what is left out has the template's default.
        spark_resources: `driver_memory`, `executor_memory` (such as `"2g"`), `executor_cores`,
            `executor_instances`. Or `"auto"`: the job server sizes each run by the event logs of the task's earlier
            runs, and the task's log says why; sizes in `job_template_parameters` and `conf` win (docs/sizing.md).
            (BaseOperator's own `resources` is another thing.)
        oom_attempts: how often the job is started again, within one try, after it ended for a lack of memory: each time
            as a new job run with more of what it lacked, within the template's bounds. It needs
            `spark_resources="auto"`. Default: twice, and without `"auto"` not at all.
        conf: Spark properties, over the template's own. One that the template gives in its driver's parameters would
            have no effect, and is refused with the parameter to use instead.
        jars: of the driver and the executors, added to the template's: URIs as a list, or with commas between them.
        py_files: Python modules (`.py`, `.zip`, `.egg`), likewise.
        configuration_overrides: in the API's form, for everything else: `{"applicationConfiguration": […],
            "monitoringConfiguration": {…}}`. How it meets the template's is the API's to say (docs/job-server.md).
        aws_conn_id … name: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = (
        *JobRunOperator.template_fields,
        "job_template_id",
        "job_template_parameters",
        "spark_resources",
        *("conf", "jars", "py_files", "configuration_overrides"),
    )
    template_fields_renderers = dict.fromkeys(
        ("job_template_parameters", "spark_resources", "conf", "configuration_overrides"), "json"
    )

    operator_extra_links = (JobLogLink(), SparkHistoryLink())

    commits_once: ClassVar[bool] = False
    """True if the template takes a `commit_key` when it appends or moves many tables (see
    `longshore.submission.commit`)."""

    def __init__(
        self,
        *,
        job_template_id: str,
        job_template_parameters: Mapping[str, Any] | None = None,
        spark_resources: Mapping[str, Any] | Literal["auto"] | None = None,
        oom_attempts: int | None = None,
        conf: Mapping[str, Any] | None = None,
        jars: str | Sequence[str] | None = None,
        py_files: str | Sequence[str] | None = None,
        configuration_overrides: Mapping[str, Any] | None = None,
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
        super().__init__(
            aws_conn_id=aws_conn_id,
            virtual_cluster_id=virtual_cluster_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            api_patience=api_patience,
            retry_max_attempts=retry_max_attempts,
            tags=tags,
            name=name,
            **kwargs,
        )
        self.job_template_id = job_template_id
        self.job_template_parameters = job_template_parameters
        self.spark_resources = spark_resources
        self.oom_attempts = oom_attempts
        self.conf = conf
        self.jars = jars
        self.py_files = py_files
        self.configuration_overrides = configuration_overrides
        self._commit_key: str | None = None
        self._completed: JobRun | None = None

    def own_parameters(self) -> Mapping[str, str]:
        """Returns the template parameters for a subclass's arguments. Raises InvalidArgumentError."""
        return {}

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> TemplateLaunch:
        if not isinstance(self.job_template_id, str) or not self.job_template_id.strip():
            raise InvalidArgumentError(
                f"job_template_id is {self.job_template_id!r}: give the name or the id of a job template "
                "(`longshore templates list` shows them)."
            )
        parameters = self._parameters()
        properties = spark_properties(self.conf, self.jars, self.py_files)
        # The transfer templates read their source from an object if it begins with @.
        if (source := self.own_parameters().get("source")) is not None:
            parameters["source"] = by_reference(source, settings=hook.settings)
        template_id = job_templates.template_id(hook, self.job_template_id.strip())
        if properties:
            properties = effective(
                properties, job_templates.template_data(hook, template_id), named=self.describe_launch()
            )
        if self.spark_resources == AUTO:
            properties = {**sizing_properties(attempt), **properties}
        if self._commits_once(parameters):
            label = None if self.name is None else str(self.name)
            self._commit_key = commit_key(attempt, hook, label=label, log=self.log)
            parameters = merged(parameters, {COMMIT_KEY: self._commit_key})
        return TemplateLaunch(template_id, parameters, properties, self.configuration_overrides)

    def most_steps(self) -> int:
        sized = self.spark_resources == AUTO
        if self.oom_attempts is None:
            return _OOM_ATTEMPTS if sized else 0
        if isinstance(self.oom_attempts, bool) or not isinstance(self.oom_attempts, int) or self.oom_attempts < 0:
            raise InvalidArgumentError(f"oom_attempts is {self.oom_attempts!r}: give a whole number from 0.")
        if self.oom_attempts and not sized:
            raise InvalidArgumentError(
                f"oom_attempts is {self.oom_attempts}, and only a job whose spark_resources are 'auto' can get more "
                "memory: give both, or neither."
            )
        return self.oom_attempts

    def reason_to_start_again(self, job_run: JobRun, *, step: int) -> str | None:
        hook = self._make_hook(job_run.virtual_cluster_id)
        try:
            if sizing_reasons(hook.described_job_run(job_run.id)) is None:
                return None  # AWS's API, or a server that sizes no jobs
            shortage = wait_for_shortage(job_run.id, hook, poll_interval=self.poll_interval, log=self.log)
        except LongshoreError as error:
            self.log.warning("It is not known whether job run %s lacked memory: %s", job_run.id, error)
            return None
        if shortage is None:
            return None
        if shortage.more is None:
            self.log.warning(
                "Job run %s lacked memory: %s. It is not started again, because its next run would get no more: the "
                "size is given by the task, or is at its bound (docs/sizing.md).",
                job_run.id,
                shortage.lacked,
            )
            return None
        return (
            f"Job run {job_run.id} lacked memory: {shortage.lacked}. The job is started again ({step + 1} of "
            f"{self.most_steps()} at most) with more: {shortage.more}."
        )

    def record_success(self) -> None:
        """Tags the job run after its task's success; the listener calls this once Airflow has recorded it."""
        if self._completed is not None and self._commits_once(self._parameters()):
            job_run = self._completed
            # Airflow ends the process soon after the task's success (`[core] task_success_overtime`).
            make_hook = partial(self._make_hook, job_run.virtual_cluster_id, attempts=2, timeout=3.0)
            record_success(job_run.id, make_hook, log=self.log)

    def _parameters(self) -> dict[str, str]:
        given: Any = None if self.spark_resources == AUTO else self.spark_resources
        return merged(
            self.own_parameters(),
            resource_parameters(given),
            self.job_template_parameters or {},
        )

    def _commits_once(self, parameters: Mapping[str, str]) -> bool:
        many_tables = parameters.get("tables", NOT_GIVEN) != NOT_GIVEN
        return self.commits_once and (many_tables or parameters.get("mode") == "append")

    def _publish(self, context: "Context", hook: "EmrContainersHook", job_run_id: str) -> None:
        super()._publish(context, hook, job_run_id)
        if self.spark_resources == AUTO:
            self._log_sizes(hook, job_run_id)
        if self._commit_key is not None:
            # The listener in the API server tags the job run of a marked task only if it finds this.
            context["ti"].xcom_push(key=COMMIT_KEY, value=self._commit_key)

    def _log_sizes(self, hook: "EmrContainersHook", job_run_id: str) -> None:
        try:
            reasons = sizing_reasons(hook.described_job_run(job_run_id))
        except LongshoreError as error:
            self.log.warning("How job run %s was sized is unknown: %s", job_run_id, error)
            return
        self.log.info(
            "%s",
            reasons or "The API reports no plan of sizes: the job has its template's, if nothing else changes them.",
        )

    def _finish(self, job_run: JobRun) -> Any:
        result = super()._finish(job_run)
        self._completed = job_run
        return result

    def _own_log_uri(self) -> str | None:
        return own_log_uri(self.configuration_overrides)

    def describe_launch(self) -> str:
        return f"job template {self.job_template_id!r}"
