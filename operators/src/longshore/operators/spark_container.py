"""Any job template, with any parameters."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from longshore.artifacts import by_reference
from longshore.exceptions import InvalidArgumentError
from longshore.links.job_log import JobLogLink
from longshore.links.spark_history import SparkHistoryLink
from longshore.operators.job_run import JobRunOperator
from longshore.parameters import merged, resource_parameters
from longshore.request import TemplateLaunch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


class SparkContainerOperator(JobRunOperator):
    """Runs a job template.

    Args:
        job_template_id: a template's id, or its name, which stands for the newest template of that name.
        job_template_parameters: values for the template's parameters; what is left out has the template's default.
        spark_resources: `driver_memory`, `executor_memory` (such as `"2g"`), `executor_cores`,
            `executor_instances`. (BaseOperator's own `resources` is another thing.)
        kwargs: of `JobRunOperator` and of Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = (
        *JobRunOperator.template_fields,
        "job_template_id",
        "job_template_parameters",
        "spark_resources",
    )
    template_fields_renderers = {"job_template_parameters": "json", "spark_resources": "json"}  # noqa: RUF012

    operator_extra_links = (JobLogLink(), SparkHistoryLink())

    def __init__(
        self,
        *,
        job_template_id: str,
        job_template_parameters: Mapping[str, Any] | None = None,
        spark_resources: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.job_template_id = job_template_id
        self.job_template_parameters = job_template_parameters
        self.spark_resources = spark_resources

    def own_parameters(self) -> Mapping[str, str]:
        """The template parameters that a subclass's arguments stand for. Raises InvalidArgumentError."""
        return {}

    def launch(self, hook: "EmrContainersHook") -> TemplateLaunch:
        if not isinstance(self.job_template_id, str) or not self.job_template_id.strip():
            raise InvalidArgumentError(
                f"job_template_id is {self.job_template_id!r}: give the name or the id of a job template "
                "(`longshore templates list` shows them)."
            )
        parameters = merged(
            self.own_parameters(), resource_parameters(self.spark_resources), self.job_template_parameters or {}
        )
        # The transfer templates read their source from an object if it begins with @.
        if (source := self.own_parameters().get("source")) is not None:
            parameters["source"] = by_reference(source, settings=hook.settings)
        return TemplateLaunch(hook.template_id(self.job_template_id.strip()), parameters)

    def describe_launch(self) -> str:
        return f"job template {self.job_template_id!r}"
