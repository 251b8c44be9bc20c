"""A job driver without a template, with the arguments of the amazon provider's operator of the same name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longshore.exceptions import InvalidArgumentError
from longshore.hooks.job_run import JobRun
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink
from longshore.operators.job_run import JobRunOperator
from longshore.submission.attempt import Attempt
from longshore.submission.overrides import own_log_uri
from longshore.submission.request import DriverLaunch
from longshore.submission.spark_properties import effective, spark_properties
from longshore.waiting.watch import API_PATIENCE

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

_OPENLINEAGE = (
    "the job run would differ from try to try. Give the properties as templates instead, such as conf="
    "{'spark.openlineage.parentRunId': '{{ macros.OpenLineageProviderPlugin.lineage_run_id(task_instance) }}'}"
)
_CONNECTION = "the triggerer and the listener make the same client from the connection alone. Set {} of the connection"


class EmrContainerOperator(JobRunOperator):
    """Runs a job driver, and returns the job run's id.

    A DAG of `airflow.providers.amazon.aws.operators.emr.EmrContainerOperator` changes its import: each task then has
    one job run per attempt, a driver's log, links, and a job run that ends with its task. Arguments of that operator
    that this one cannot honour are refused when the DAG is parsed, with the way out.

    Args:
        job_driver: in the API's form: `{"sparkSubmitJobDriver": {"entryPoint": …, "sparkSubmitParameters": …}}`.
        release_label: a release that the API offers.
        execution_role_arn: the role of the job run. Default: the connection's.
        name: readable part of the job run's name; the task instance's digest follows. Default: `<dag_id>.<task_id>`.
        configuration_overrides: in the API's form, with `applicationConfiguration` and `monitoringConfiguration`. A
            place of logs that it names is read instead of the connection's.
        conf: Spark properties; one that `job_driver` gives, too, would have no effect and is refused.
        jars: of the driver and the executors: URIs as a list, or with commas between them.
        py_files: Python modules (`.py`, `.zip`, `.egg`), likewise.
        job_retry_max_attempts: the amazon provider's name of `retry_max_attempts`.
        client_request_token: refused: the token is the attempt's.
        wait_for_completion: False is refused: nothing else ends the job run with its task.
        max_polling_attempts: refused: `execution_timeout` is the same, in time.
        cancel_on_kill: False is refused: the next try would run beside the job run.
        openlineage_inject_parent_job_info, openlineage_inject_transport_info: True is refused.
        region_name, verify, botocore_config: refused: they belong into the connection.
        aws_conn_id … tags: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.

    Returns:
        The job run's id, as the amazon provider's operator does.

    Raises:
        InvalidArgumentError: an argument is refused.
    """

    template_fields: Sequence[str] = (
        *JobRunOperator.template_fields,
        *("execution_role_arn", "release_label", "job_driver"),
        *("conf", "jars", "py_files", "configuration_overrides"),
    )
    template_fields_renderers = dict.fromkeys(("job_driver", "conf", "configuration_overrides"), "json")

    operator_extra_links = (JobLogLink(), SparkHistoryLink())

    def __init__(
        self,
        *,
        job_driver: Mapping[str, Any],
        release_label: str,
        execution_role_arn: str | None = None,
        conf: Mapping[str, Any] | None = None,
        jars: str | Sequence[str] | None = None,
        py_files: str | Sequence[str] | None = None,
        configuration_overrides: Mapping[str, Any] | None = None,
        job_retry_max_attempts: int | None = None,
        client_request_token: str | None = None,
        wait_for_completion: bool = True,
        max_polling_attempts: int | None = None,
        cancel_on_kill: bool = True,
        openlineage_inject_parent_job_info: bool = False,
        openlineage_inject_transport_info: bool = False,
        region_name: str | None = None,
        verify: bool | str | None = None,
        botocore_config: Mapping[str, Any] | None = None,
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
        _refuse("client_request_token", client_request_token, "the token is made of the task's attempt. Leave it out")
        _refuse(
            "wait_for_completion",
            None if wait_for_completion else False,
            "the job run ends with its task. Leave it out: deferrable=True waits without a worker",
        )
        _refuse(
            "max_polling_attempts",
            max_polling_attempts,
            "a deadline is a time here. Give execution_timeout=timedelta(seconds=max_polling_attempts * poll_interval)",
        )
        _refuse(
            "cancel_on_kill",
            None if cancel_on_kill else False,
            "the next try would run beside what this one leaves. Leave it out",
        )
        _refuse("openlineage_inject_parent_job_info", openlineage_inject_parent_job_info or None, _OPENLINEAGE)
        _refuse("openlineage_inject_transport_info", openlineage_inject_transport_info or None, _OPENLINEAGE)
        _refuse("region_name", region_name, _CONNECTION.format('extra["region_name"]'))
        _refuse("verify", verify, _CONNECTION.format('extra["verify"]'))
        _refuse("botocore_config", botocore_config, _CONNECTION.format('extra["config_kwargs"]'))
        if job_retry_max_attempts is not None and retry_max_attempts is not None:
            raise InvalidArgumentError(
                "job_retry_max_attempts and retry_max_attempts are two names of one argument: give one of them."
            )
        super().__init__(
            aws_conn_id=aws_conn_id,
            virtual_cluster_id=virtual_cluster_id,
            deferrable=deferrable,
            poll_interval=poll_interval,
            api_patience=api_patience,
            retry_max_attempts=job_retry_max_attempts if retry_max_attempts is None else retry_max_attempts,
            tags=tags,
            name=name,
            **kwargs,
        )
        self.job_driver = job_driver
        self.release_label = release_label
        self.execution_role_arn = execution_role_arn
        self.conf = conf
        self.jars = jars
        self.py_files = py_files
        self.configuration_overrides = configuration_overrides

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> DriverLaunch:  # noqa: ARG002
        role = self.execution_role_arn or hook.settings.require("execution_role_arn")
        launch = DriverLaunch(str(self.release_label), role, self.job_driver, {}, self.configuration_overrides)
        properties = effective(
            spark_properties(self.conf, self.jars, self.py_files), launch.fields(), named="argument job_driver"
        )
        return replace(launch, properties=properties)

    def describe_launch(self) -> str:
        return f"release {self.release_label!r}"

    def _own_log_uri(self) -> str | None:
        return own_log_uri(self.configuration_overrides)

    def _finish(self, job_run: JobRun) -> str:
        super()._finish(job_run)
        return job_run.id


def _refuse(argument: str, value: object, reason: str) -> None:
    if value is not None:
        raise InvalidArgumentError(f"{argument} is {value!r}, and cannot be honoured: {reason}.")
