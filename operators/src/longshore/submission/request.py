"""The StartJobRun request, from the attempt, the launch and the settings. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from longshore.connection.settings import PlatformSettings
from longshore.exceptions import InvalidArgumentError
from longshore.submission.artifacts import VALUE_LENGTH
from longshore.submission.attempt import Attempt, client_token, job_run_name
from longshore.submission.overrides import merged_overrides
from longshore.submission.parameters import check_mapping

APPLICATION_DIRECTORY = "local:///opt/longshore"
"""The folder of an image's application code, as entry points name it."""
OWNER_TAG = "longshore.dev/owner"
"""The job run's tag with its owner; on a cluster with YuniKorn it decides the queue."""
_OWNER_LENGTH = 63  # a label's in Kubernetes, which the server makes of the tag

_LABEL = r"[.\-_/A-Za-z0-9]{1,64}"


@dataclass(frozen=True)
class TemplateLaunch:
    """A job run from a job template."""

    template_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    """Spark properties that take effect over the template's (`spark_properties.effective`)."""
    configuration_overrides: Mapping[str, Any] | None = None
    """In the API's form."""

    def fields(self) -> dict[str, Any]:
        """Returns the request's fields. Raises InvalidArgumentError for a value that the API would refuse."""
        for name, value in self.parameters.items():
            if len(value) > VALUE_LENGTH:
                raise InvalidArgumentError(
                    f"The template parameter {name!r} has {len(value)} characters, and the API takes {VALUE_LENGTH}: "
                    "shorten it, or let the job read it from an object."
                )
        parameters = {"jobTemplateParameters": dict(self.parameters)} if self.parameters else {}
        return {"jobTemplateId": self.template_id, **parameters}


@dataclass(frozen=True)
class DriverLaunch:
    """A job run from a job driver, without a template."""

    release_label: str
    execution_role_arn: str
    job_driver: Mapping[str, Any]
    """In the API's form: `{"sparkSubmitJobDriver": {"entryPoint": …}}`."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Spark properties beside the driver's."""
    configuration_overrides: Mapping[str, Any] | None = None
    """In the API's form."""

    def fields(self) -> dict[str, Any]:
        """Returns the request's fields. Raises InvalidArgumentError for a value that the API would refuse."""
        check_mapping("job_driver", self.job_driver)
        kinds = ("sparkSubmitJobDriver", "sparkSqlJobDriver")
        if len(self.job_driver) != 1 or next(iter(self.job_driver)) not in kinds:
            raise InvalidArgumentError(
                f"job_driver has the keys {sorted(map(str, self.job_driver))}: give one of {' and '.join(kinds)}."
            )
        if not re.fullmatch(_LABEL, str(self.release_label or "")):
            raise InvalidArgumentError(
                f"release_label is {self.release_label!r}: give a release that the API offers, such as "
                "'emr-7.5.0-latest' at AWS (at most 64 letters, digits, '.', '-', '_' and '/')."
            )
        return {
            "releaseLabel": self.release_label,
            "executionRoleArn": self.execution_role_arn,
            "jobDriver": dict(self.job_driver),
        }


@dataclass(frozen=True)
class ContainerLaunch:
    """A job run in an image of its own, without a template."""

    image: str
    """A release label that the server offers."""
    entry_point: str
    """A file in the image's application directory, relative to it."""
    arguments: Sequence[str | int | float]
    execution_role_arn: str
    properties: Mapping[str, str] = field(default_factory=dict)
    """The container's resources, by Spark's names (`parameters.container_properties`)."""
    configuration_overrides: Mapping[str, Any] | None = None
    """In the API's form."""

    def fields(self) -> dict[str, Any]:
        """Returns the request's fields. Raises InvalidArgumentError for a value that the API would refuse."""
        if not re.fullmatch(_LABEL, self.image or ""):
            raise InvalidArgumentError(
                f"image is {self.image!r}: give a release label that the server offers (at most 64 letters, digits, "
                "'.', '-', '_' and '/'); which image and version it stands for is the server's configuration."
            )
        if not re.fullmatch(r"[\w\-.]+(/[\w\-.]+)*", self.entry_point or "") or ".." in self.entry_point.split("/"):
            raise InvalidArgumentError(
                f"entry_point is {self.entry_point!r}: give a file relative to the image's /opt/longshore, "
                "such as 'report.py'."
            )
        arguments = [str(argument) for argument in self.arguments]
        if not all(argument.strip() for argument in arguments):
            raise InvalidArgumentError(f"arguments {arguments!r} holds an empty one: the API takes none.")
        driver = {"entryPoint": f"{APPLICATION_DIRECTORY}/{self.entry_point}"}
        return {
            "releaseLabel": self.image,
            "executionRoleArn": self.execution_role_arn,
            "jobDriver": {
                "sparkSubmitJobDriver": {**driver, **({"entryPointArguments": arguments} if arguments else {})}
            },
        }


Launch = TemplateLaunch | DriverLaunch | ContainerLaunch


def start_request(
    attempt: Attempt,
    launch: Launch,
    settings: PlatformSettings,
    *,
    virtual_cluster_id: str,
    name: str | None,
    owner: str,
    tags: Mapping[str, Any],
    retry_max_attempts: int | None,
    step: int = 0,
) -> dict[str, Any]:
    """Returns the keyword arguments of botocore's `start_job_run`.

    Args:
        attempt: gives the client token and the name's digest.
        launch: what to run.
        settings: gives the log location.
        virtual_cluster_id: where to run it.
        name: what people read of the job run's name; None: from the task.
        owner: the task's, which becomes a tag: see `owner_tag`.
        tags: of the job run; they win over the owner's.
        retry_max_attempts: how often the driver is started at most (`retryPolicyConfiguration`); None: once.
        step: of the client token, see `client_token`. The requests of all steps are alike but for that.

    Raises:
        InvalidArgumentError: a value that the API would refuse.
    """
    request = {
        "virtualClusterId": virtual_cluster_id,
        "clientToken": client_token(attempt, step),
        "name": job_run_name(attempt, None if name is None else str(name)),
        **launch.fields(),
    }
    if overrides := merged_overrides(launch.configuration_overrides, launch.properties, log_uri=settings.log_uri):
        request["configurationOverrides"] = overrides
    check_mapping("tags", tags)
    if all_tags := owner_tag(owner) | {str(key): str(value) for key, value in tags.items()}:
        request["tags"] = all_tags
    if retry_max_attempts is not None:
        if isinstance(retry_max_attempts, bool) or not isinstance(retry_max_attempts, int) or retry_max_attempts < 1:
            raise InvalidArgumentError(f"retry_max_attempts is {retry_max_attempts!r}: give a whole number from 1.")
        request["retryPolicyConfiguration"] = {"maxAttempts": retry_max_attempts}
    return request


def owner_tag(owner: str) -> dict[str, str]:
    """Returns the tag for a task's owner; empty if the name has no allowed character.

    Args:
        owner: characters that neither a tag at AWS nor a label in Kubernetes may have become `-`, and it is cut to fit.
    """
    readable = re.sub(r"[^A-Za-z0-9_.-]+", "-", owner).strip("-_.")[:_OWNER_LENGTH].rstrip("-_.")
    return {OWNER_TAG: readable} if readable else {}
