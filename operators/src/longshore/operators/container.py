"""The operator that runs a program of an image, whose libraries may conflict with Airflow's and other tasks'."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from longshore.exceptions import InvalidArgumentError
from longshore.operators.job_run import JobRunOperator
from longshore.submission.attempt import Attempt
from longshore.submission.request import ContainerLaunch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


class ContainerOperator(JobRunOperator):
    """Runs a program of an image, without a job template.

    Args:
        image: a release label that the server offers; which image (or, embedded, which environment) it stands for is
            the server's configuration.
        entry_point: a file in the image's `/opt/longshore`, such as `report.py`.
        arguments: of the program; none may be empty. Passwords do not belong here: give a connection's id.
        kwargs: of `JobRunOperator` and of Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = (*JobRunOperator.template_fields, "image", "entry_point", "arguments")
    template_fields_renderers = {"arguments": "json"}  # noqa: RUF012

    def __init__(
        self, *, image: str, entry_point: str, arguments: Sequence[str | int | float] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.image = image
        self.entry_point = entry_point
        self.arguments = arguments

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> ContainerLaunch:  # noqa: ARG002
        if isinstance(self.arguments, str):
            raise InvalidArgumentError(f"arguments is the text {self.arguments!r}: give a list of texts.")
        role = hook.settings.require("execution_role_arn")
        return ContainerLaunch(self.image, self.entry_point, self.arguments or (), role)

    def describe_launch(self) -> str:
        return f"image {self.image!r}"
