"""The command that runs a job, built from its specification. Pure."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.spark.configuration import read_configuration
from emr_containers.runtimes.uris import split_uri
from emr_containers.settings import Release

IMAGE_APPLICATIONS = PurePosixPath("/opt/longshore")
"""The folder of an image's application. Where jobs are processes, the release's `application_directory` replaces it."""

# In spark-submit, an option wins over the same property in --conf, in whatever order they stand.
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
_PROPERTIES = {option: name for name, option in _OPTIONS.items()}

_SQL_CLI = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver"
"""The --class that `bin/spark-sql` passes to spark-submit, which then also accepts the CLI's options."""
_SQL_OPTIONS = {
    *("--name", "--jars", "--packages", "--exclude-packages", "--repositories", "--files", "--conf"),
    *("--properties-file", "--driver-memory", "--driver-java-options", "--driver-library-path", "--driver-class-path"),
    *("--driver-cores", "--executor-memory", "--executor-cores", "--num-executors", "--total-executor-cores"),
    *("-hivevar", "--hivevar", "-hiveconf", "--hiveconf"),
}
"""The options that a SQL job may use; any other would go to the CLI, and might name another script.

Source: AWS, "Running Spark SQL scripts through the StartJobRun API".
"""
_FLAGS = {"--verbose", "-v", "--supervise"}
_NO_RUN = {"--help", "--version", "--usage-error", "--kill", "--status"}
"""Options with which spark-submit does not run the job. Source: Spark, SparkSubmitOptionParser."""


def build_command(spec: JobSpec, release: Release) -> list[str]:
    """Returns the command of one attempt as a process: the words of `command_parts`.

    Raises:
        ValidationException: a classification, an option or the entry point cannot be used here.
    """
    options, application = command_parts(spec, release)
    if release.kind == "container" and (asked := read_configuration(spec, spark=False).properties):
        raise ValidationException(
            f"{', '.join(sorted(asked))} would have no effect: the release {release.label!r} is a process of this "
            "machine here, without a container that could have resources; leave it out."
        )
    return options + application


def command_parts(spec: JobSpec, release: Release) -> tuple[list[str], list[str]]:
    """Returns the words of the command before the entry point, and the words from it on.

    A Spark release gets `spark-submit` with the properties of the job's configuration, then the driver's parameters,
    which win over them as at AWS, then the machine's properties, which win over all. A SQL script runs in Spark's SQL
    CLI with `-f`. A container release gets its interpreter, the entry point and the arguments.

    Raises:
        ValidationException: a classification, an option or the entry point cannot be used here.
    """
    if release.kind == "container" and is_sql(spec):
        raise ValidationException(f"The release {release.label!r} is not Spark and cannot run a sparkSqlJobDriver.")
    configuration = read_configuration(spec, spark=release.kind == "spark")
    script = local_entry_point(entry_point(spec), release)
    if release.kind == "container":
        return [*release.command], [script, *_submit_driver(spec).get("entryPointArguments", [])]
    options = [
        *release.command,
        *(("--class", _SQL_CLI) if is_sql(spec) else ()),
        # Always as --conf: as options they would win over a --conf of the driver's parameters.
        *_words(configuration.properties, options={}),
        *_checked(spec),
        *machine_properties(release.spark_defaults),
    ]
    application = ["-f", script] if is_sql(spec) else [script, *_submit_driver(spec).get("entryPointArguments", [])]
    return options, application


def is_sql(spec: JobSpec) -> bool:
    """Returns True if the job is a SQL script."""
    return "sparkSqlJobDriver" in spec["jobDriver"]


def entry_point(spec: JobSpec) -> str:
    """Returns the job's application or SQL script, as the request names it."""
    driver = spec["jobDriver"]["sparkSqlJobDriver"] if is_sql(spec) else _submit_driver(spec)
    return str(driver["entryPoint"])


def machine_properties(properties: Mapping[str, str]) -> list[str]:
    """Returns words for `spark-submit` that set these properties and win over all words before them."""
    return _words(properties, options=_OPTIONS)


def effective_properties(spec: JobSpec, release: Release) -> dict[str, str]:
    """Returns the final Spark properties of a job, as far as its request and the machine set them.

    Raises:
        ValidationException: a classification or an option cannot be used here.
    """
    return dict(read_configuration(spec, spark=True).properties) | driver_properties(spec) | release.spark_defaults


def driver_properties(spec: JobSpec) -> dict[str, str]:
    """Returns the Spark properties that the parameters of a job's driver give.

    Raises:
        ValidationException: the parameters are not options of spark-submit.
    """
    conf: dict[str, str] = {}
    options: dict[str, str] = {}
    for option, value in _pairs(spec):
        if option == "--conf" and "=" in value:
            key, _, conf[key] = value.partition("=")
        elif option in _PROPERTIES:
            options[_PROPERTIES[option]] = value
    return conf | options


def with_properties(spec: JobSpec, properties: Mapping[str, str]) -> JobSpec:
    """Returns the job with these Spark properties, which win over all others of its driver's parameters."""
    member, given = _parameters(spec)
    words = shlex.join(machine_properties(properties))
    name, driver = next(iter(spec["jobDriver"].items()))
    return JobSpec(**{**spec, "jobDriver": {name: {**driver, member: f"{given.rstrip()} {words}".strip()}}})


def local_entry_point(entry_point: str, release: Release) -> str:
    """Returns the path on this machine of a `local://` entry point; another URI is returned as it is, for Spark.

    Raises:
        ValidationException: a `local://` path is not below `/opt/longshore`, or another URI is not for Spark.
    """
    if entry_point.startswith("-"):
        raise ValidationException(f"The entry point {entry_point[:80]!r} begins with '-': it would be an option.")
    uri = split_uri(entry_point, what="entry point")
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
            f"The entry point must be below local://{IMAGE_APPLICATIONS}/, where the image of release "
            f"{release.label!r} keeps its application."
        )
    return str(release.application_directory / path.relative_to(IMAGE_APPLICATIONS))


def _submit_driver(spec: JobSpec) -> Mapping[str, Any]:
    driver: Mapping[str, Any] = spec["jobDriver"]["sparkSubmitJobDriver"]
    return driver


def _parameters(spec: JobSpec) -> tuple[str, str]:
    if is_sql(spec):
        return "sparkSqlParameters", spec["jobDriver"]["sparkSqlJobDriver"].get("sparkSqlParameters", "")
    return "sparkSubmitParameters", _submit_driver(spec).get("sparkSubmitParameters", "")


def _checked(spec: JobSpec) -> list[str]:
    for _ in _pairs(spec):
        pass
    return shlex.split(_parameters(spec)[1])  # Spark itself reads the words


def _pairs(spec: JobSpec) -> Iterator[tuple[str, str]]:
    # spark-submit takes the first word that is not an option for the entry point, and all after it for its arguments.
    member, parameters = _parameters(spec)
    left = iter(shlex.split(parameters))
    for word in left:
        if word in _FLAGS:
            continue
        if match := re.fullmatch(r"(--[\w-]+)=(.*)", word, re.DOTALL):
            option, value = match[1], match[2]
        else:
            option, value = word, next(left, None)
        if value is None or option in _NO_RUN or not _is_option(option, sql=is_sql(spec)):
            known = f" ({', '.join(sorted(_SQL_OPTIONS))})" if is_sql(spec) else ""
            raise ValidationException(
                f"{member} has {word[:80]!r} where an option of spark-submit{known} and its value are expected; "
                "quote values that contain spaces."
            )
        yield option, value


def _is_option(word: str, *, sql: bool) -> bool:
    return word in _SQL_OPTIONS if sql else re.fullmatch(r"--[\w-]+", word) is not None


def _words(properties: Mapping[str, str], *, options: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for key, value in properties.items():
        words += [options[key], value] if key in options else ["--conf", f"{key}={value}"]
    return words
