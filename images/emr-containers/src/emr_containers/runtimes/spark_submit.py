"""From a job's specification to the command that runs it. Pure."""

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from emr_containers.exceptions import ValidationException
from emr_containers.job_spec import JobSpec
from emr_containers.runtimes.configuration import read_configuration
from emr_containers.runtimes.logs import log_folder, log_uri, split_uri
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
_PROPERTIES = {option: name for name, option in _OPTIONS.items()}

_SQL_CLI = "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver"
"""What `bin/spark-sql` gives to spark-submit as --class; options of the CLI may then stand among spark-submit's."""
_SQL_OPTIONS = {
    *("--name", "--jars", "--packages", "--exclude-packages", "--repositories", "--files", "--conf"),
    *("--properties-file", "--driver-memory", "--driver-java-options", "--driver-library-path", "--driver-class-path"),
    *("--driver-cores", "--executor-memory", "--executor-cores", "--num-executors", "--total-executor-cores"),
    *("-hivevar", "--hivevar", "-hiveconf", "--hiveconf"),
}
"""What else there is goes to the CLI, and might bring another script. Source: AWS, "Running Spark SQL scripts through
the StartJobRun API"."""
_FLAGS = {"--verbose", "-v", "--supervise"}
_NO_RUN = {"--help", "--version", "--usage-error", "--kill", "--status"}
"""With one of these spark-submit does something else than running the job. Source: Spark, SparkSubmitOptionParser."""


def build_command(spec: JobSpec, release: Release) -> list[str]:
    """The command of one attempt: see `command_parts`, whose words it has.

    Raises:
        ValidationException: a classification, an option or the entry point is not one that can be run here.
    """
    options, application = command_parts(spec, release)
    return options + application


def command_parts(spec: JobSpec, release: Release) -> tuple[list[str], list[str]]:
    """The words of the command up to the entry point, and from it.

    A Spark release gets `spark-submit` with the properties of the job's configuration, then the driver's parameters
    (they win, as at AWS), then those that the machine decides (they win over all). A SQL script is Spark's SQL CLI with
    `-f`. A container release gets its interpreter, the entry point and the arguments.

    Raises:
        ValidationException: a classification, an option or the entry point is not one that can be run here.
    """
    if release.kind == "container" and is_sql(spec):
        raise ValidationException(f"The release {release.label!r} is not Spark's: it runs no sparkSqlJobDriver.")
    configuration = read_configuration(spec, spark=release.kind == "spark")
    script = local_entry_point(entry_point(spec), release)
    if release.kind == "container":
        return [*release.command], [script, *_submit_driver(spec).get("entryPointArguments", [])]
    options = [
        *release.command,
        *(("--class", _SQL_CLI) if is_sql(spec) else ()),
        # Never as options, or they would win over a --conf of the driver's.
        *_words(configuration.properties, options={}),
        *_checked(spec),
        *machine_properties(release.spark_defaults),
    ]
    application = ["-f", script] if is_sql(spec) else [script, *_submit_driver(spec).get("entryPointArguments", [])]
    return options, application


def is_sql(spec: JobSpec) -> bool:
    """Whether the job is a SQL script."""
    return "sparkSqlJobDriver" in spec["jobDriver"]


def entry_point(spec: JobSpec) -> str:
    """The job's application or SQL script, as the request names it."""
    driver = spec["jobDriver"]["sparkSqlJobDriver"] if is_sql(spec) else _submit_driver(spec)
    return str(driver["entryPoint"])


def machine_properties(properties: Mapping[str, str]) -> list[str]:
    """Words for `spark-submit` that set these properties over whatever stands before them."""
    return _words(properties, options=_OPTIONS)


def effective_properties(spec: JobSpec, release: Release) -> dict[str, str]:
    """The properties that a Spark release's job has in the end, as far as its request and the machine say them.

    Raises:
        ValidationException: a classification or an option is not one that can be run here.
    """
    conf = dict(read_configuration(spec, spark=True).properties)
    options: dict[str, str] = {}
    for option, value in _pairs(spec):
        if option == "--conf" and "=" in value:
            key, _, conf[key] = value.partition("=")
        elif option in _PROPERTIES:
            options[_PROPERTIES[option]] = value
    return conf | options | release.spark_defaults


def local_entry_point(entry_point: str, release: Release) -> str:
    """The entry point's path on this machine where it is a `local://` one; another URI is left to Spark.

    Raises:
        ValidationException: a `local://` path is not below `/opt/longshore`, or there is no Spark to leave another to.
    """
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
            f"The entry point must lie below local://{IMAGE_APPLICATIONS}/, where the image of release "
            f"{release.label!r} keeps its application."
        )
    return str(release.application_directory / path.relative_to(IMAGE_APPLICATIONS))


def log_directory(job_run: str, *, virtual_cluster: str, spec: JobSpec, default: Path) -> Path:
    """The folder of the driver's logs below the job's `logUri`, or below `default`.

    Raises:
        ValidationException: the `logUri` is not a `file://` one with an absolute path.
    """
    base = default
    if uri := log_uri(spec):
        parts = split_uri(uri, what="logUri")
        base = Path(unquote(parts.path))
        if parts.scheme != "file" or parts.netloc or not base.is_absolute() or "\0" in str(base):
            raise ValidationException(f"logUri {uri!r} cannot be written here; use a file:///… or s3://bucket/… URI.")
    return base / log_folder(job_run, virtual_cluster=virtual_cluster)


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
    return shlex.split(_parameters(spec)[1])  # the words themselves are Spark's to read


def _pairs(spec: JobSpec) -> Iterator[tuple[str, str]]:
    # The first word that is no option would be taken for the entry point, and all after it for arguments of its own.
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
                f"{member} has {word[:80]!r} where an option of spark-submit{known} and its value must stand; "
                "quote values that hold spaces."
            )
        yield option, value


def _is_option(word: str, *, sql: bool) -> bool:
    return word in _SQL_OPTIONS if sql else re.fullmatch(r"--[\w-]+", word) is not None


def _words(properties: Mapping[str, str], *, options: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    for key, value in properties.items():
        words += [options[key], value] if key in options else ["--conf", f"{key}={value}"]
    return words
