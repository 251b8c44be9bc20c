"""From a job's specification to the command that runs it. Pure."""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.settings import Release

IMAGE_APPLICATIONS = PurePosixPath("/opt/longshore")
"""Where an image keeps its application; embedded, the release's `application_directory` stands for it."""

# spark-submit lets an option of its own win over the same property as --conf, wherever either stands.
_OPTIONS = {
    "spark.master": "--master",
    "spark.submit.deployMode": "--deploy-mode",
    "spark.driver.memory": "--driver-memory",
    "spark.driver.cores": "--driver-cores",
    "spark.driver.extraClassPath": "--driver-class-path",
    "spark.driver.extraJavaOptions": "--driver-java-options",
    "spark.executor.memory": "--executor-memory",
    "spark.executor.cores": "--executor-cores",
    "spark.executor.instances": "--num-executors",
}

_FLAGS = {"--verbose", "-v", "--supervise"}
_NO_RUN = {"--help", "--version", "--usage-error", "--kill", "--status"}
"""With one of these spark-submit does something else than running the job. Source: Spark, SparkSubmitOptionParser."""


def build_command(spec: JobSpec, release: Release) -> list[str]:
    """The command of one attempt.

    A Spark release gets `spark-submit` with the properties of `spark-defaults`, then the driver's
    sparkSubmitParameters (they win, as at AWS), then those that the machine decides (they win over all). A
    container release gets its interpreter, the entry point and the arguments.

    Raises:
        ValidationException: a classification, an option or the entry point is not one that can be run here.
    """
    driver = spec["jobDriver"]["sparkSubmitJobDriver"]
    entry_point = local_entry_point(driver["entryPoint"], release)
    arguments = driver.get("entryPointArguments", [])
    if release.kind == "container":
        return [*release.command, entry_point, *arguments]
    return [
        *release.command,
        # Never as options, or they would win over a --conf of the driver's.
        *_properties(_spark_defaults(spec), options={}),
        *_options(driver.get("sparkSubmitParameters", "")),
        *_properties(release.spark_defaults, options=_OPTIONS),
        entry_point,
        *arguments,
    ]


def local_entry_point(entry_point: str, release: Release) -> str:
    """The entry point's path on this machine where it is a `local://` one; another URI is left to Spark.

    Raises:
        ValidationException: a `local://` path is not below `/opt/longshore`, or there is no Spark to leave another to.
    """
    uri = _split(entry_point, what="entry point")
    if uri.scheme != "local":
        if release.kind == "container":
            raise ValidationException(
                f"The entry point of the release {release.label!r} must be a file of its image: "
                f"local://{IMAGE_APPLICATIONS}/…."
            )
        return entry_point
    path = PurePosixPath(uri.path)
    if ".." in path.parts or not path.is_relative_to(IMAGE_APPLICATIONS):
        raise ValidationException(
            f"The entry point must lie below local://{IMAGE_APPLICATIONS}/, where the image of release "
            f"{release.label!r} keeps its application."
        )
    return str(release.application_directory / path.relative_to(IMAGE_APPLICATIONS))


def log_directory(job_run: str, *, virtual_cluster: str, spec: JobSpec, default: Path) -> Path:
    """The folder of the driver's logs, in AWS's layout below the job's `logUri`.

    Source: AWS, "Configure a job run to use S3 logs" (EMR on EKS development guide).

    Raises:
        ValidationException: the `logUri` is not a `file://` one with an absolute path.
    """
    monitoring = spec.get("configurationOverrides", {}).get("monitoringConfiguration", {})
    base = default
    if uri := monitoring.get("s3MonitoringConfiguration", {}).get("logUri"):
        parts = _split(uri, what="logUri")
        base = Path(unquote(parts.path))
        if parts.scheme != "file" or parts.netloc or not base.is_absolute() or "\0" in str(base):
            raise ValidationException(
                f"logUri {uri!r} cannot be written here: jobs are processes; use a file:///… URI."
            )
    return base / virtual_cluster / "jobs" / job_run / "containers" / f"spark-{job_run}" / f"spark-{job_run}-driver"


def _options(parameters: str) -> list[str]:
    # The first word that is no option would be taken for the entry point, and all after it for arguments of its own.
    words = shlex.split(parameters)
    left = iter(words)
    for word in left:
        if word in _FLAGS or re.fullmatch(r"--[\w-]+=.*", word, re.DOTALL):
            continue
        if not re.fullmatch(r"--[\w-]+", word) or word in _NO_RUN or next(left, None) is None:
            raise ValidationException(
                f"sparkSubmitParameters has {word[:80]!r} where an option of spark-submit and its value must stand; "
                "quote values that hold spaces."
            )
    return words


def _spark_defaults(spec: JobSpec) -> dict[str, str]:
    properties: dict[str, str] = {}
    for configuration in spec.get("configurationOverrides", {}).get("applicationConfiguration", []):
        if configuration["classification"] != "spark-defaults" or configuration.get("configurations"):
            raise ValidationException(
                f"The classification {configuration['classification']!r} cannot be applied here; "
                "use 'spark-defaults', without nested configurations."
            )
        properties.update(configuration.get("properties", {}))
    return properties


def _properties(properties: Mapping[str, str], *, options: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for key, value in properties.items():
        words += [options[key], value] if key in options else ["--conf", f"{key}={value}"]
    return words


def _split(uri: str, *, what: str) -> SplitResult:
    try:
        return urlsplit(uri)
    except ValueError as error:
        raise ValidationException(f"The {what} is not a URI that can be read: {error}.") from error
