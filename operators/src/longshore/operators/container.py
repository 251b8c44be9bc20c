"""The operator that runs a program of an image, whose libraries may conflict with Airflow's and other tasks'."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from longshore.exceptions import InvalidArgumentError
from longshore.operators.job_run import JobRunOperator
from longshore.submission.attempt import Attempt
from longshore.submission.overrides import environment_overrides
from longshore.submission.parameters import container_properties
from longshore.submission.request import ContainerLaunch
from longshore.waiting.watch import API_PATIENCE

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

_RELEASE = (
    "the platform operator sets them for each release, in the driver's pod template of the server's release table "
    "(docs/job-server.md), so that a request can reach no Secret or volume that is not its own. Ask for a release "
    "that has them, and name it as image"
)


class ContainerOperator(JobRunOperator):
    """Runs a program of an image, without a job template.

    Args:
        image: a release label that the server offers; which image (or, embedded, which environment) it stands for is
            the server's configuration.
        entry_point: a file in the image's `/opt/longshore`, such as `report.py`.
        arguments: of the program; none may be empty. Passwords do not belong here: give a connection's id.
        environment: environment variables of the program: texts, numbers or bools. Passwords do not belong here.
        container_resources: of the program's container, over its release's: `memory` (such as `"512m"`, request and
            limit), `cpu` (such as `"500m"`) and `cpu_limit`. (BaseOperator's own `resources` is another thing.) The
            server refuses them where jobs are processes.
        secrets, volumes: refused when the DAG is parsed: they are the release's
            (docs/decisions/2026-11-30-secrets-and-volumes-are-the-releases.md).
        aws_conn_id … name: as `JobRunOperator`'s.
        kwargs: of Airflow's `BaseOperator`.

    Raises:
        InvalidArgumentError: an argument is refused.
    """

    template_fields: Sequence[str] = (
        *JobRunOperator.template_fields,
        *("image", "entry_point", "arguments", "environment", "container_resources"),
    )
    template_fields_renderers = dict.fromkeys(("arguments", "environment", "container_resources"), "json")

    def __init__(
        self,
        *,
        image: str,
        entry_point: str,
        arguments: Sequence[str | int | float] | None = None,
        environment: Mapping[str, Any] | None = None,
        container_resources: Mapping[str, Any] | None = None,
        secrets: Mapping[str, str] | Sequence[Any] | None = None,
        volumes: Mapping[str, str] | Sequence[Any] | None = None,
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
        for argument, given in (
            ("secrets", secrets),
            ("volumes", volumes),
        ):
            if given:
                raise InvalidArgumentError(f"{argument} cannot be given by a task: {_RELEASE}.")
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
        self.image = image
        self.entry_point = entry_point
        self.arguments = arguments
        self.environment = environment
        self.container_resources = container_resources

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> ContainerLaunch:  # noqa: ARG002
        if isinstance(self.arguments, str):
            raise InvalidArgumentError(f"arguments is the text {self.arguments!r}: give a list of texts.")
        role = hook.settings.require("execution_role_arn")
        return ContainerLaunch(
            self.image,
            self.entry_point,
            self.arguments or (),
            role,
            container_properties(self.container_resources),
            environment_overrides(self.environment),
        )

    def describe_launch(self) -> str:
        return f"image {self.image!r}"
